"""Build nothing, for an app that is only a name for what runs elsewhere."""
