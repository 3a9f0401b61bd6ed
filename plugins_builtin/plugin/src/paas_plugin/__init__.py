"""List, install, enable, disable and uninstall plugins."""
