"""Commands of an app in containers of their own, and inside those that run."""
