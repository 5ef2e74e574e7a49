"""Racing with two scores: fits saved, and hypervolume lost, on scikit-learn's own data.

python benchmarks/pareto/racing.py
python benchmarks/pareto/racing.py --seeds 0 --n 8 --problems tree
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import warnings

import numpy as np
from fitted import PROBLEMS

from sktune import ParetoSearchCV, pareto_front

# The constants of the rule were chosen on the first four; the others judge. The forest takes long.
NAMES = ("tree", "digits", "fairly", "lasso", "diabetes", "support", "sparse", "wine")


def run(name, n, seed, racing):
    problem = PROBLEMS[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ParetoSearchCV(
            problem.estimator,
            problem.space,
            scoring=problem.metrics,
            n_iter=n,
            racing=racing,
            refit=False,
            random_state=seed,
        ).fit(*problem.load(return_X_y=True))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--n", type=int, default=40)
    parser.add_argument("--problems", nargs="+", default=list(NAMES), choices=PROBLEMS)
    arguments = parser.parse_args()
    print("| problem | seed | fits saved, % | hypervolume with racing, % of without |")
    print("|---|---|---|---|")
    found = []
    for name in arguments.problems:
        for seed in arguments.seeds:
            full = run(name, arguments.n, seed, racing=False)
            raced = run(name, arguments.n, seed, racing=True)
            front = full.pareto_front_
            reference = dict(zip(front.metrics, front.reference, strict=True))
            share = pareto_front(raced, reference=reference).hypervolume / front.hypervolume
            saved = 1 - raced.n_fits_ / full.n_fits_
            found.append((saved, share))
            print(f"| {name} | {seed} | {100 * saved:.0f} | {100 * share:.1f} |", flush=True)
    saved, share = 100 * np.mean(found, axis=0)
    print(f"| mean | | {saved:.1f} | {share:.1f} |")


if __name__ == "__main__":
    main()
