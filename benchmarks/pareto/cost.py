"""What a suggestion costs with several scores: CPU milliseconds, after 100 and 1,000 candidates.

python benchmarks/pareto/cost.py
python benchmarks/pareto/cost.py --told 20 40 --n 1

Half of the candidates are random, half lie about the set of best trade-offs, so that the front is
long. The median of some suggestions in turn.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import time

import numpy as np
from scipy.stats import uniform

from sktune.optimizers import Candidate, Observation, ParetoOptimizer
from sktune.space import SearchSpace

N_DIMS, N_FOLDS, NOISE = 6, 5, 0.01


def scores_of(point, n_scores, rng):
    """Closeness of the first three numbers to a corner of their diagonal, and one score more."""
    x = np.array(point)
    values = [-np.sum((x[:3] - corner) ** 2) - 0.1 * x[4] for corner in (0.3, 0.8)]
    values.append(-x[5])
    noise = NOISE * rng.standard_normal((n_scores, N_FOLDS))
    return {name: values[k] + noise[k] for k, name in enumerate("abc"[:n_scores])}


def milliseconds(n_told, n_scores, n):
    """Of each of n suggestions after so many candidates."""
    space = SearchSpace.from_distributions({f"x{j}": uniform(0, 1) for j in range(N_DIMS)})
    optimizer = ParetoOptimizer(space, metrics=list("abc"[:n_scores]), n_initial_points=1)
    rng, spent = np.random.default_rng(0), []
    for i in range(n_told):
        point = rng.random(N_DIMS)
        if i % 2:
            point[:3], point[4] = 0.3 + 0.5 * point[0], 0.0
            point = np.clip(point + 0.02 * rng.standard_normal(N_DIMS), 0.0, 1.0)
        params = {f"x{j}": float(x) for j, x in enumerate(point)}
        candidate = Candidate(id=i, params=params, point=tuple(point), branch=0, source="random")
        optimizer.tell(Observation(candidate, scores_of(point, n_scores, rng), "complete"))
    for _ in range(n + 1):
        start = time.process_time()
        candidate = optimizer.ask()
        spent.append(1000 * (time.process_time() - start))
        scores = scores_of(candidate.point, n_scores, rng)
        optimizer.tell(Observation(candidate, scores, "complete"))
    return spent[1:]  # the first fit starts from nothing


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--told", nargs="+", type=int, default=[100, 1000])
    parser.add_argument("--scores", nargs="+", type=int, default=[2, 3])
    parser.add_argument("--n", type=int, default=9)
    arguments = parser.parse_args()
    print("| candidates | " + " | ".join(f"{k} scores, ms" for k in arguments.scores) + " |")
    print("|---|" + "---|" * len(arguments.scores))
    for n_told in arguments.told:
        cells = [np.median(milliseconds(n_told, k, arguments.n)) for k in arguments.scores]
        print(f"| {n_told} | " + " | ".join(f"{cell:.0f}" for cell in cells) + " |", flush=True)


if __name__ == "__main__":
    main()
