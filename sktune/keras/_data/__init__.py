"""Rows of data on their way to a network."""
