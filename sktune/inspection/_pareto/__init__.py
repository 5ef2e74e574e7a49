"""Trade-offs between several scores: the front of a fitted search, and a choice on it."""
