"""What is kept to build an app: its repository, and what its builds have left for the next."""
