"""Run commands of an app at the times that its app.json names."""
