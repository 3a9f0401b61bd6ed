"""Options of Docker for the builds and the containers of an app."""
