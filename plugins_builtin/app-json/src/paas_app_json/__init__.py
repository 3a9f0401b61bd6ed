"""An app's app.json: the manifest that comes with its source, and its scripts."""
