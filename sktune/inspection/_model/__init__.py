"""A model of the scores of a finished search, and what it is told of the settings."""
