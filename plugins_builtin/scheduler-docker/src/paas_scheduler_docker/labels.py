"""By what a process's container is told apart from all others; here, so that who only looks needs nothing else."""

INSTANCE = "paas.instance"
"""Label with the word under which the container's address is kept; only containers of ours have it."""
UPCOMING = ".upcoming-"
"""What the name of a container holds until it is live."""
