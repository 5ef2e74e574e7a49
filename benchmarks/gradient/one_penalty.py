"""How many slopes does the best single penalty take? Polynomials, and L-BFGS-B.

    python benchmarks/gradient/one_penalty.py curves curves.jsonl
    python benchmarks/gradient/one_penalty.py report curves.jsonl

``curves``: for the data sets with numbers, as they are and with 40 and 200 shuffled columns, and
two halves of each, the fold loss and its slope at 41 penalties across the range; in between a
cubic spline has both. ``report``: descents of these splines from six starts, by half of the sets.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import warnings
from pathlib import Path
from unittest.mock import patch

import numpy as np
from problems import WITH_NUMBERS, read_problem
from run import problem
from scipy.interpolate import CubicHermiteSpline
from sklearn.model_selection import train_test_split

from sktune._search._gradient._guard import FoldModels
from sktune._search._gradient._model import model_of, read_tuned
from sktune._search._gradient._steps import prepare_fold
from sktune.optimizers import _downhill
from sktune.space import SearchSpace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _halves import HALVES, half

N_POINTS = 41
STARTS = ((0.5,), (0.375,), (0.25, 0.75), (0.05, 0.95))
ONE = np.ones(1, dtype=bool)


def curve(name, split, n_shuffled):
    """Penalties in the unit interval, losses and slopes; shape (41, 3)."""
    X, y, estimator = read_problem(name, n_shuffled)
    strata = y if hasattr(estimator, "predict_proba") else None
    X, _, y, _ = train_test_split(X, y, test_size=0.5, random_state=split, stratify=strata)
    one, _, common = problem(estimator, split)
    space = SearchSpace.from_distributions(one, estimator=estimator)
    tuned = read_tuned(estimator, space)
    splits = common["cv"].split(X, y)
    folds = [prepare_fold(estimator, tuned, (X, y), indices, {}, {}) for indices in splits]
    models = FoldModels(model_of(estimator), tuned, space, folds)
    units = np.linspace(0.0, 1.0, N_POINTS)
    if strata is None:  # from the strongest penalty on, which is that of the smallest C
        units = units[::-1]
    found = [(unit, models(np.array([unit]))) for unit in units.tolist()]
    return sorted((unit, slope.loss, float(slope.slope[0])) for unit, slope in found)


def write_curves(path):
    for split in (0, 1):
        for n_shuffled in (0, 40, 200):
            for name in WITH_NUMBERS:
                found = {"name": name, "split": split, "n": n_shuffled}
                found["curve"] = curve(name, split, n_shuffled)
                with path.open("a") as file:
                    file.write(json.dumps(found) + "\n")


def descent(points, start):
    """Calls until the path ends, those to within 0.1 % of its end, and its end over the lowest."""
    spline = CubicHermiteSpline(*np.array(points).T)
    slope = spline.derivative()
    losses = []

    def look_up(point):
        losses.append(float(spline(point[0])))
        return _downhill.Slope(losses[-1], np.array([float(slope(point[0]))]))

    _downhill.descend(look_up, np.array([start]), ONE, None)
    best = np.minimum.accumulate(losses)
    lowest = spline(np.linspace(0, 1, 2001)).min()
    return len(best), int(np.argmax(best <= best[-1] * 1.001)) + 1, best[-1] / lowest - 1


def by_quasi_newton(seen, start, first, min_gain):
    _downhill._along_several(seen, np.array([start]), first, min_gain)


def report(path):
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    print("| method | half | starts | calls, mean, most | to 0.1 % | at most 6 | ends above |")
    print("|---|---|---|---|---|---|---|")
    for method, along in (("polynomials", _downhill._along_one), ("L-BFGS-B", by_quasi_newton)):
        for which in HALVES:
            chosen = [row["curve"] for row in rows if half(row["name"]) == which]
            for starts in STARTS:
                with patch.object(_downhill, "_along_one", along):
                    found = np.array([descent(c, start) for c in chosen for start in starts])
                calls, to_end, above = found.T
                print(
                    f"| {method} | {which} | {', '.join(map(str, starts))} | {calls.mean():.1f}, "
                    f"{calls.max():.0f} | {to_end.mean():.1f}, {to_end.max():.0f} | "
                    f"{100 * (to_end <= 6).mean():.0f} % | {(above > 1e-3).sum()} of {len(above)} |"
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["curves", "report"])
    parser.add_argument("path", type=Path)
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    write_curves(given.path) if given.what == "curves" else report(given.path)
