"""Show a maintenance page instead of an app."""
