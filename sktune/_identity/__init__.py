"""An object, a function or a data set in words that are the same in every process.

Knows nothing of searches.
"""
