"""The journal of a search: what is on disk, and how it gets there."""
