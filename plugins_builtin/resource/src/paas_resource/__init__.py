"""How much of the server the processes of an app may take."""
