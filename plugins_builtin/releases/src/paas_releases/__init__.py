"""What an app ran before, and the way back to it."""
