"""Check the whole installation, and repair what is safe to repair."""
