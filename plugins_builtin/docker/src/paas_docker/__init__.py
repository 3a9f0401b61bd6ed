"""The Docker engine that other plugins build and run with; its names for them are in `paas_docker.api`."""
