"""Choose what sends requests to an app, and say where it answers."""
