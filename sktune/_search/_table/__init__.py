"""From the history of a search to what the user reads."""
