"""Networks in which apps find each other by name."""
