"""Remove what no release needs any more."""
