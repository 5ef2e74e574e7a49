"""Dimensions: one searched parameter each, between its values and [0, 1]."""
