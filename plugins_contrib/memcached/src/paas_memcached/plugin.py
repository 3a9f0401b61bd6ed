"""Memcached for apps."""
