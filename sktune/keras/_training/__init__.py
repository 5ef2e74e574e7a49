"""Train networks reproducibly, and several at once."""
