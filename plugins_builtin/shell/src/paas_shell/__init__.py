"""A prompt that runs paas commands."""
