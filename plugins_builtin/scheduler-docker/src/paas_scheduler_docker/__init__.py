"""Run an app's processes as containers on this server."""
