"""Kill a deploy at a phase that a test names."""

__version__ = "0.1.0"
