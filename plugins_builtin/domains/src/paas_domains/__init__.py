"""The host names that lead to an app."""
