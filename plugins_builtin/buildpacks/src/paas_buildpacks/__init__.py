"""Which buildpacks build an app, and in which image."""
