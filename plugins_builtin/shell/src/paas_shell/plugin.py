"""A prompt that runs paas commands; no hook of ours concerns it."""
