"""How long should the first step of a descent be? Calls of cross-validation by its length.

    python benchmarks/gradient/first_step.py 0.05 0.12 0.25

For each problem and start (of the shared penalty, in the unit cube): calls until the path ends, the
call that came to within 0.1 % of its end, and the loss there.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import warnings
from unittest.mock import patch

import numpy as np
from problems import read_problem
from scipy.stats import loguniform
from sklearn.model_selection import KFold, StratifiedKFold

from sktune._search._gradient._guard import FoldModels
from sktune._search._gradient._model import model_of, read_tuned
from sktune._search._gradient._steps import prepare_fold
from sktune.optimizers import _descent, _downhill
from sktune.space import PartWeights, SearchSpace

# Data, and shuffled columns that are added.
PROBLEMS = (("cancer", 0), ("cancer", 40), ("diabetes", 0), ("houses", 40))
STARTS = (0.5, 0.25, 0.75)


def fold_loss(data, n_shuffled):
    """The loss with its slope, each point computed once, and the space."""
    X, y, estimator = read_problem(data, n_shuffled)
    is_binary = hasattr(estimator, "predict_proba")
    name, ends = ("model__C", (1e-4, 1e4)) if is_binary else ("model__alpha", (1e-3, 1e5))
    given = {name: loguniform(*ends), "parts__transformer_weights": PartWeights()}
    space = SearchSpace.from_distributions(given, estimator=estimator)
    tuned = read_tuned(estimator, space)
    cv = (StratifiedKFold if is_binary else KFold)(5, shuffle=True, random_state=0)
    folds = [prepare_fold(estimator, tuned, (X, y), split, {}, {}) for split in cv.split(X, y)]
    models, known = FoldModels(model_of(estimator), tuned, space, folds), {}

    def loss(point):
        if tuple(point) not in known:
            known[tuple(point)] = models(point)
        return known[tuple(point)]

    return space, loss


def path(space, loss, start):
    """Losses in the order of the calls."""
    seen = []

    def look_up(point):
        found = loss(point)
        seen.append(np.nan if found is None else found.loss)
        return found

    is_shared = np.array(["[" not in dimension.name for dimension in space.dimensions])
    point = np.where(is_shared, start, 0.5)
    shared = is_shared, _descent.MAX_SHARED, _downhill.MIN_GAIN_SHARED
    point = _downhill.descend(look_up, point, *shared)
    _downhill.descend(look_up, point, np.ones(len(point), dtype=bool), None)
    return np.fmin.accumulate(seen)


def main(lengths):
    for data, n_shuffled in PROBLEMS:
        name = f"{data}, {n_shuffled} shuffled"
        space, loss = fold_loss(data, n_shuffled)
        for length in lengths:
            with patch.object(_downhill, "FIRST_STEP", length):
                paths = [path(space, loss, start) for start in STARTS]
            shown = [f"{len(p)} ({np.argmax(p <= p[-1] * 1.001) + 1}) {p[-1]:.5g}" for p in paths]
            print(f"| {name} | {length} | {' | '.join(shown)} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("lengths", type=float, nargs="+")
    warnings.simplefilter("ignore")
    main(parser.parse_args().lengths)
