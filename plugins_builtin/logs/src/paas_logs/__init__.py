"""What an app's processes print."""
