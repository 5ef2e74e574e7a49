"""What several strategies share: models of scores, and what these are told."""
