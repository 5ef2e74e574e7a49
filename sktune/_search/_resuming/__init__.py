"""Resume a search: which journal it may continue, what it had drawn, and the replay."""
