"""What callbacks and trackers are told of a search, and what is kept out of their way."""
