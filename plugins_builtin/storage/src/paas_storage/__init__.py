"""Folders that outlive the containers of an app."""
