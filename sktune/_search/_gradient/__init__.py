"""The search by gradients: what has one, folds that are prepared once, and whether parts pay."""
