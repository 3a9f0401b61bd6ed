"""Print what there is to know of this server, and what every plugin reports of an app."""
