"""Redis for apps."""
