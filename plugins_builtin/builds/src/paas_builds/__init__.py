"""Watch and cancel deploys, and read what they printed."""
