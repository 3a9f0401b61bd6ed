"""The environment of apps."""
