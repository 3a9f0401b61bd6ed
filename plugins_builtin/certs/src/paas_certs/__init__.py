"""The certificates with which apps answer for their domains."""
