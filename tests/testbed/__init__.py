"""A whole system of its own under a temporary root, with its own account, sshd and nginx, for the journeys."""
