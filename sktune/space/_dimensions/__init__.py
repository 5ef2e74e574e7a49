"""Dimensions: each maps the values of one searched parameter to [0, 1]."""
