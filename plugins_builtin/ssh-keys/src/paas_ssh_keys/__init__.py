"""The ssh keys that may push and run commands."""
