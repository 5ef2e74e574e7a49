"""Describe objects, functions and data in a way that is the same in every process.

This package knows nothing of searches.
"""
