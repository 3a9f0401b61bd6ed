"""Commands of an app in containers of their own, and inside those that run; the app's scheduler does the work."""
