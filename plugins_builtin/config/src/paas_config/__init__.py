"""The environment variables of apps."""
