"""Build an app with buildpacks."""
