"""Prepare rows of data for a network."""
