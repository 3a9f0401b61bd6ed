"""Implements no hooks: repo declares two, and has commands that call them."""
