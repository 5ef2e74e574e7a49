"""Ranges of ready spaces: the best of some random settings with other ranges, on held-out rows.

    python benchmarks/ranges.py --change support_vectors --splits 1 2 3 --out ranges.jsonl
    python benchmarks/ranges.py --report ranges.jsonl

What the ranges were chosen by: the tuning half of ``real/`` with other rows and folds, and further
small tables, none of which belongs to a judging problem. The best of 30 random settings by
cross-validation, the estimator's own among them, is compared with the unchanged estimator. Random
settings take a fifth of the time of a search. Each run is one line of JSON; existing runs are
skipped.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
import warnings
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np
from scipy.stats import loguniform
from sklearn.base import is_classifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MinMaxScaler,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

from sktune._search._inputs._starts import own_setting
from sktune.space import SearchSpace, suggest_space
from sktune.space._known_spaces._suggest import own_meanings

sys.path.append(str(Path(__file__).parent / "real"))
from data import table
from problems import Problem, load
from spaces import SPECS
from spaces._spec import Spec

N_SETTINGS = 30
REAL = tuple(SPECS)

# Target, columns to leave out, rows for training, scoring.
CLASSES = {
    "Mroz": ("work", ["hoursw", "wagew", "hearnw"], 200, "accuracy"),
    "ModeChoice": ("mode", [], 150, "accuracy"),
    "vote92": ("vote", [], 250, "balanced_accuracy"),
    "shuttle": ("use", [], 100, "roc_auc"),
    "Train": ("choice", ["id", "choiceid"], 300, "accuracy"),
    "Melanoma": ("status", ["time"], 100, "accuracy"),
    "Catsup": ("choice", ["id"], 200, "f1_macro"),
}
NUMBERS = {
    "SLID": ("wages", [], 200, "r2"),
    "Griliches": ("lw", ["lw80"], 250, "neg_mean_absolute_error"),
    "nlschools": ("lang", ["class"], 150, "neg_root_mean_squared_error"),
    "MCAS": ("totsc4", ["code", "municipa", "district", "totsc8"], 100, "r2"),
    "RetSchool": ("wage76", [], 250, "r2"),
    "BudgetUK": ("wfood", [], 200, "neg_mean_absolute_error"),
}
ESTIMATORS = {
    "svc": SVC(),
    "svr": SVR(),
    "logreg": LogisticRegression(max_iter=300),
    "sgd": SGDClassifier(random_state=0),
    "tree": DecisionTreeClassifier(random_state=0),
}


def before(space, estimator):
    """Ranges of support vectors as they were: [4] as it stands."""
    old = {"C": loguniform(2.0**-5, 2.0**15), "gamma": loguniform(2.0**-15, 2.0**3)}
    return {name: old.get(name.rpartition("__")[2], values) for name, values in space.items()}


def with_scalers(space, estimator):
    """A choice of scalers where there is one."""
    quantiles = QuantileTransformer(n_quantiles=50, output_distribution="normal")
    others = [RobustScaler(), MinMaxScaler(), quantiles]
    steps = [n for n, v in estimator.get_params().items() if isinstance(v, StandardScaler)]
    return space | {name: [StandardScaler(), *others] for name in steps}


def with_weights(space, estimator):
    """Class weights, whatever the score."""
    names = [n for n in estimator.get_params() if n.rpartition("__")[2] == "class_weight"]
    return space | {name: [None, "balanced"] for name in names}


def without_weights(space, estimator):
    """No class weights, whatever the score."""
    return {n: v for n, v in space.items() if n.rpartition("__")[2] != "class_weight"}


# What is changed, and for which estimators by the beginning of the problem's name.
CHANGES = {
    "support_vectors": (before, ("svc-", "svr-", "columns-colon", "steps-fishing")),
    "scalers": (with_scalers, ("svc-", "svr-", "sgd-", "knn-", "linearsvc-")),
    "weights": (with_weights, ("svc-", "logreg-", "sgd-", "tree-")),
    "no_weights": (without_weights, ("svc-", "logreg-", "sgd-", "tree-")),
}


def problems(split):
    """The tuning half and the further tables."""
    for tables, names in ((CLASSES, ("svc", "logreg", "sgd", "tree")), (NUMBERS, ("svr",))):
        for (name, (target, drop, n_train, scoring)), kind in product(tables.items(), names):
            estimator = make_pipeline(StandardScaler(), ESTIMATORS[kind])
            data = partial(table, name, target, drop=drop)
            spec = Spec("table", estimator, {}, scoring, data, n_train)
            SPECS[f"{kind}-{name}"] = lambda spec=spec: spec
            yield Problem(f"{kind}-{name}", split)
    yield from load("tuning", REAL, split)


def play(problem, change):
    """Gain of the best setting over the unchanged estimator on held-out rows, and seconds."""
    X, _, y, _ = problem.data
    start = time.process_time()
    scoring = problem.scoring if is_classifier(problem.estimator) else None
    ranges = suggest_space(problem.estimator, X, y, scoring=scoring)
    ranges = ranges if change is None else CHANGES[change][0](ranges, problem.estimator)
    space = SearchSpace.from_distributions(ranges, None, "auto", problem.estimator)
    own = own_setting(problem.estimator, space, own_meanings(problem.estimator, X, y))
    points = space.snap(space.sample(N_SETTINGS, np.random.default_rng(problem.split)))
    settings = [*own, *space.inverse_transform(points)]
    means = [np.mean(problem.fold_scores(params)) for params in settings]
    gain = problem.held_out_score(settings[int(np.nanargmax(means))]) - problem.held_out_score({})
    return gain, round(time.process_time() - start, 2)


def read(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def run(arguments):
    """Append the runs that the file does not have yet."""
    out = Path(arguments.out)
    done = {(row["problem"], row["split"], row["change"]) for row in read(out)}
    for split, change in product(arguments.splits, arguments.change):
        for problem in problems(split):
            if not problem.name.startswith(CHANGES[change][1]):
                continue
            for variant in (None, change):
                if (problem.name, split, variant) in done:
                    continue
                with warnings.catch_warnings(), np.errstate(all="ignore"):
                    warnings.simplefilter("ignore")
                    gain, cpu = play(problem, variant)
                row = {"problem": problem.name, "split": split, "change": variant}
                row |= {"gain": gain, "cpu": cpu}
                done.add((problem.name, split, variant))
                with out.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")


def report(path):
    """For each change, runs better than the default with and without it, and by problem."""
    found = {(row["problem"], row["split"], row["change"]): row for row in read(Path(path))}
    for change in CHANGES:
        pairs = [(found[p, s, None], row) for (p, s, c), row in found.items() if c == change]
        if not pairs:
            continue
        gains = np.array([[row["gain"] for row in pair] for pair in pairs])
        cpu = [sum(row["cpu"] for row in rows) for rows in zip(*pairs, strict=True)]
        better = (gains > 0).sum(axis=0)
        print(
            f"\n{change}: {len(pairs)} runs, better than the default as it is {better[0]}, changed "
            f"{better[1]}; better changed {(gains[:, 1] > gains[:, 0]).sum()}, worse "
            f"{(gains[:, 1] < gains[:, 0]).sum()}; {cpu[0]:.0f} and {cpu[1]:.0f} s\n"
        )
        print("| problem | runs | as it is | changed |\n|---|---|---|---|")
        for name in sorted({pair[0]["problem"] for pair in pairs}):
            own = gains[[pair[0]["problem"] == name for pair in pairs]]
            print(f"| {name} | {len(own)} | {own[:, 0].mean():+.4f} | {own[:, 1].mean():+.4f} |")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--change", nargs="+", choices=CHANGES, default=list(CHANGES))
    parser.add_argument("--splits", nargs="+", type=int, default=[1])
    parser.add_argument("--out", default="ranges.jsonl", help="appended to")
    parser.add_argument("--report", help="print the report of this file, without running anything")
    arguments = parser.parse_args()
    if arguments.report:
        report(arguments.report)
    else:
        run(arguments)


if __name__ == "__main__":
    main()
