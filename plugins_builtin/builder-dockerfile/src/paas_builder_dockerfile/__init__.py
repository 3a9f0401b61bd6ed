"""Build an app from its Dockerfile."""
