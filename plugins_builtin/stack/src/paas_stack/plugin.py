"""The image in which buildpacks run, made on this server."""
