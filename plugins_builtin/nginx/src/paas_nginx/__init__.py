"""Send requests to apps with nginx."""
