"""A stand-in for Docker in tests."""
