"""Make the data of the problems: the tables of fold scores, and the references of regret.

    python benchmarks/efficiency/make.py tables [--check]   # about ten minutes
    python benchmarks/efficiency/make.py references [--yahpo FOLDER] [FILE.jsonl ...]

Each table holds the scores of a grid of settings in five folds, twice, with scikit-learn 1.9.1.
``--check`` compares them with those that are stored, and writes nothing. ``references`` prints, for
each problem, the median of 20,000 random settings and the best score that a local search from the
best of them finds; for a table, its best node. The stored best is the highest of that and of all
runs of methods so far: pass their files to see whether a run has found a higher score.
"""

import argparse
import json

import joblib
import numpy as np
from analyse import read
from problems import TABLES, TableProblem, load
from sklearn import datasets
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import (
    ParameterGrid,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    cross_val_score,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.utils import shuffle


def svc(**params):
    return make_pipeline(StandardScaler(), SVC(**params))


def forest(**params):
    return RandomForestClassifier(30, random_state=0, **params)


def boosting(**params):
    return GradientBoostingRegressor(random_state=0, **params)


def sgd(**params):
    fixed = {"learning_rate": "constant", "max_iter": 15, "tol": None, "random_state": 0}
    return make_pipeline(StandardScaler(), SGDClassifier(**fixed, **params))


def digits(return_X_y):
    return shuffle(*datasets.load_digits(return_X_y=return_X_y), random_state=0, n_samples=600)


# Name: data, model, scoring. The grids are in the stored tables.
MODELS = {
    "svc_breast": (datasets.load_breast_cancer, svc, "accuracy"),
    "rf_wine": (datasets.load_wine, forest, "neg_log_loss"),
    "gb_diabetes": (datasets.load_diabetes, boosting, "r2"),
    "sgd_digits": (digits, sgd, "accuracy"),
}


def table(name, axes):
    """Fold scores of all settings on the axes, shape (*lengths of the axes, 10)."""
    data, model, scoring = MODELS[name]
    X, y = data(return_X_y=True)
    kind = RepeatedKFold if scoring == "r2" else RepeatedStratifiedKFold
    folds = kind(n_splits=5, n_repeats=2, random_state=0)

    def scores(params):
        return cross_val_score(model(**params), X, y, cv=folds, scoring=scoring)

    # In the order of nested loops, as ParameterGrid sorts its names.
    names = sorted(axis["name"] for axis in axes)
    grid = ParameterGrid({axis["name"]: axis["grid"] for axis in axes})
    cells = joblib.Parallel(n_jobs=-1)(joblib.delayed(scores)(params) for params in grid)
    lengths = {axis["name"]: len(axis["grid"]) for axis in axes}
    cells = np.reshape(cells, [*(lengths[name] for name in names), -1])
    return np.moveaxis(cells, [names.index(axis["name"]) for axis in axes], range(len(axes)))


def make_tables(is_check):
    for name in MODELS:
        path = TABLES / f"{name}.npz"
        with np.load(path) as stored:
            dims, old = stored["dims"], stored["scores"]
        new = table(name, json.loads(str(dims))).astype(np.float32)
        print(f"{name}: {new[..., 0].size} settings, differs by {np.abs(new - old).max():.1g}")
        if not is_check:
            np.savez_compressed(path, dims=dims, scores=new)


def reference(problem, n_random=20_000, n_rounds=40, n_tops=30, n_moves=10):
    """Best score by local search from the best random settings, and the median of those."""
    rng = np.random.default_rng(0)

    def scores(points):
        return problem.scores([problem.params(point) for point in points])

    points = rng.random((n_random, len(problem.parameters)))
    found = scores(points)
    median = float(np.median(found))
    if isinstance(problem, TableProblem):  # interpolated scores are never above the nodes
        return float(problem.table.mean(axis=-1).max()), median
    top = np.argsort(-found)[:n_tops]
    points, found = points[top], found[top]
    for turn in range(n_rounds):  # steps that shrink, in half of the coordinates, and some jumps
        moved = np.repeat(points, n_moves, axis=0)
        step = 0.3 * 0.9**turn * rng.standard_normal(moved.shape)
        moved = np.clip(moved + step * (rng.random(moved.shape) < 0.5), 0, 1)
        jumps = rng.random(moved.shape) < 0.02
        moved[jumps] = rng.random(jumps.sum())
        tried = scores(moved).reshape(n_tops, n_moves)
        moved = moved.reshape(n_tops, n_moves, -1)
        best, is_better = tried.argmax(axis=1), tried.max(axis=1) > found
        points[is_better] = moved[np.arange(n_tops), best][is_better]
        found = np.maximum(found, tried.max(axis=1))
    return float(found.max()), median


def print_references(yahpo, files, only):
    runs = read(files)
    for problem in load(yahpo):
        if not any(part in problem.name for part in only):
            continue
        best, median = reference(problem)
        best = max([best, *(max(row["y"]) for row in runs if row["task"] == problem.name)])
        print(
            f"{problem.name:20s} best {best:.7g} (stored {problem.best:.7g}), "
            f"median {median:.7g} (stored {problem.median:.7g})",
            flush=True,
        )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(dest="part", required=True)
    tables = parts.add_parser("tables")
    tables.add_argument("--check", action="store_true", help="only compare with those stored")
    references = parts.add_parser("references")
    references.add_argument("files", nargs="*", help="runs that may have found more")
    references.add_argument("--yahpo", metavar="FOLDER", help="a clone of slds-lmu/yahpo_data")
    references.add_argument("--only", nargs="+", default=[""], help="problems, by part of the name")
    arguments = parser.parse_args()
    if arguments.part == "tables":
        make_tables(arguments.check)
    else:
        print_references(arguments.yahpo, arguments.files, arguments.only)


if __name__ == "__main__":
    main()
