"""Simulated annealing: the strategy, its moves, its schedule and its map of the scores."""
