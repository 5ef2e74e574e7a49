"""How much worse the found setting is with parallel workers: 8 on a simulated clock against 1.

A suggestion has fewer scores to learn from if others are pending. The same problems as in
``efficiency`` are searched by one worker and by several, with log-normal fit times. The regrets
after all settings are evaluated (0: the best known score, 1: the median of random search) are
compared, paired by problem.

    python benchmarks/parallel.py [--yahpo FOLDER] [--methods bayes annealing] [--n-workers 8]
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import sys
from pathlib import Path

import numpy as np
from _clock import simulate

from sktune.optimizers import AnnealingOptimizer, BayesOptimizer
from sktune.space import SearchSpace

sys.path.append(str(Path(__file__).parent / "efficiency"))
from _tables import interval
from problems import load
from searches import space

OPTIMIZERS = {"bayes": BayesOptimizer, "annealing": AnnealingOptimizer}
SIGMA = 0.75  # of the logarithm of the fit times


def regret(problem, method, seed, n_iter, n_workers):
    """Regret of the best setting of one search."""
    seed = problem.seed(seed)
    optimizer = OPTIMIZERS[method](SearchSpace.from_distributions(space(problem)), seed=seed)
    rng = np.random.default_rng(seed)
    course = simulate(
        optimizer,
        lambda candidate: np.array([problem.score(candidate.params)]),
        lambda: 60 * rng.lognormal(-(SIGMA**2) / 2, SIGMA),
        n_iter,
        lambda now: n_workers,
    )
    return float(problem.regret(max(course.scores)))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--yahpo", metavar="FOLDER", help="a clone of slds-lmu/yahpo_data")
    parser.add_argument("--methods", nargs="+", default=["bayes"], choices=sorted(OPTIMIZERS))
    parser.add_argument("--n-workers", type=int, default=8)
    parser.add_argument("--n", type=int, default=100, help="settings of each search")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    arguments = parser.parse_args()
    problems = list(load(arguments.yahpo))
    print("| method | workers | regret | less that of one worker | 95 % |\n|---|---|---|---|---|")
    for method in arguments.methods:
        alone, together = (
            np.array(
                [[regret(p, method, s, arguments.n, n) for s in arguments.seeds] for p in problems]
            )
            for n in (1, arguments.n_workers)
        )
        low, high = interval(together - alone, np.random.default_rng(0))
        print(
            f"| {method} | {arguments.n_workers} | {together.mean():.4f} "
            f"| {(together - alone).mean():+.4f} | {low:+.4f} to {high:+.4f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
