"""Which ports of the server lead to which ports of an app."""
