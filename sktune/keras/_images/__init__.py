"""Find image files, decode them once and keep the pixels. Knows nothing of networks."""
