"""Certificates of Let's Encrypt, or of any ACME server, that renew themselves."""
