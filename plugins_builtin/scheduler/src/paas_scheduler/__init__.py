"""Choose what runs an app's processes."""
