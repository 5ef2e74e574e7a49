"""Images: found, read, decoded once and kept. No network in here."""
