"""Choose what builds an app."""
