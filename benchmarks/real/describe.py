"""Describe the problems by random settings: cost, spread of the scores, failures, noise.

    python benchmarks/real/describe.py --cache FOLDER [--n 40] [--problems ...]

Spread is the difference between best and median mean score; noise the standard error of a mean of
five folds, of the settings' own deviations, as a share of it (median over the better half of the
settings). Categorical: share of the parameters that are lists. Seconds of CPU for five folds.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse

import numpy as np
from evaluations import Evaluations
from problems import SPECS, load
from sklearn.model_selection import ParameterSampler

SEED = 1000  # used by no run


def describe(problem, cache, n):
    """One line of the table."""
    evaluations = Evaluations(problem, cache)
    settings = [problem.encode(p) for p in ParameterSampler(problem.space, n, random_state=SEED)]
    read = [evaluations.folds(setting) for setting in settings]
    folds, seconds = np.array([f for f, _ in read]), np.array([s for _, s in read])
    has_failed = np.isnan(folds).any(axis=1)
    means = folds.mean(axis=1)
    valid = means[~has_failed]
    if not len(valid):
        return [problem.name, "no setting could be fitted"]
    median = np.median(np.where(has_failed, -np.inf, means))
    good = folds[~has_failed][valid >= np.median(valid)]
    own = good - good.mean(axis=0) - good.mean(axis=1, keepdims=True) + good.mean()
    noise = np.median(own.std(axis=1, ddof=1)) / np.sqrt(folds.shape[1])
    spread = valid.max() - median
    n_lists = sum(isinstance(values, list) for values in problem.space.values())
    return [
        problem.name,
        SPECS[problem.name]().kind,
        problem.half,
        f"{len(problem.space)}",
        f"{n_lists / len(problem.space):.0%}",
        f"{np.median(seconds):.3f}",
        f"{np.quantile(seconds, 0.95):.3f}",
        f"{median:.4g}",
        f"{valid.max():.4g}",
        f"{noise / spread:.0%}",
        f"{has_failed.mean():.0%}",
        f"{len(np.unique(valid)) / len(valid):.0%}",
    ]


HEAD = [
    *("problem", "kind", "half", "parameters", "categorical", "seconds", "95 %"),
    *("median", "best", "noise", "failed", "distinct"),
]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cache", required=True, help="folder of the evaluations")
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--problems", nargs="+", default=())
    arguments = parser.parse_args()
    print("| " + " | ".join(HEAD) + " |\n|" + "---|" * len(HEAD))
    for problem in load(names=arguments.problems):
        print("| " + " | ".join(describe(problem, arguments.cache, arguments.n)) + " |", flush=True)


if __name__ == "__main__":
    main()
