"""What every kind of data service has in common."""
