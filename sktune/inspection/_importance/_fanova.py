"""fANOVA: main effects in the trees of a random forest, exactly.

A tree is constant in boxes. Along one parameter its marginal is the mean of the boxes' values,
weighted by the share of each in all other parameters; the variance of the marginal, over that of
the tree, is the main effect [1]_.

References
----------
.. [1] Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter
   importance", ICML 2014. https://proceedings.mlr.press/v32/hutter14.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor

from ...space import SearchSpace

Floats = NDArray[np.float64]

# As in Optuna, which follows the authors.
N_TREES, MAX_DEPTH = 64, 64


def forest_importance(space: SearchSpace, points: Floats, values: Floats, seed: int) -> Floats:
    """Main effect of each parameter in each tree, shape (n_trees, n_dims).

    Numbers are split on the scale of the cube; choices by their places in the list.
    """
    forest = RandomForestRegressor(N_TREES, max_depth=MAX_DEPTH, random_state=seed)
    forest.fit(points, values)
    widths = [_cells(dimension) for dimension in space.dimensions]
    effects = [main_effects(tree.tree_, widths) for tree in forest.estimators_]
    return np.array([effect for effect in effects if effect is not None] or [np.zeros(len(widths))])


def main_effects(tree: Any, widths: Sequence[float]) -> Floats | None:
    """Shares of the variance of a tree, shape (n_dims,); None where it is constant.

    `widths` are the cells of each coordinate: a split inside a cell is moved to its edge.
    """
    boxes, values = _boxes(tree, widths)
    sizes = boxes[:, :, 1] - boxes[:, :, 0]
    volumes = sizes.prod(axis=1)
    mean = values @ volumes
    variance = (values - mean) ** 2 @ volumes
    if variance <= 0:
        return None
    effects = np.zeros(len(widths))
    for j in range(len(widths)):
        cuts = np.unique(boxes[:, j])
        middles, lengths = (cuts[1:] + cuts[:-1]) / 2.0, np.diff(cuts)
        holds = (boxes[:, j, :1] < middles) & (middles < boxes[:, j, 1:])
        others = np.delete(sizes, j, axis=1).prod(axis=1)
        marginal = (values * others) @ holds
        effects[j] = (marginal - mean) ** 2 @ lengths / variance
    return effects


def _boxes(tree: Any, widths: Sequence[float]) -> tuple[Floats, Floats]:
    """Boxes of the leaves, shape (n_leaves, n_dims, 2), and their values."""
    n_dims = len(widths)
    boxes, values = [], []
    waiting = [(0, np.tile([0.0, 1.0], (n_dims, 1)))]
    while waiting:
        node, box = waiting.pop()
        if tree.children_left[node] < 0:
            boxes.append(box)
            values.append(tree.value[node].item())
            continue
        column, cut = tree.feature[node], tree.threshold[node]
        if widths[column] > 0:
            cut = round(cut / widths[column]) * widths[column]
        below, above = box.copy(), box.copy()
        below[column, 1] = above[column, 0] = np.clip(cut, *box[column])
        waiting += [(tree.children_left[node], below), (tree.children_right[node], above)]
    return np.array(boxes), np.array(values)


def _cells(dimension: Any) -> float:
    """Width of the cell of each value of a list; 0 for ranges."""
    return 1.0 / dimension.n_values if hasattr(dimension, "values") else 0.0
