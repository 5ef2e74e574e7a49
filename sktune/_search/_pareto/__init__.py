"""A search for trade-offs between several scores."""
