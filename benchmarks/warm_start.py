"""The value of earlier searches: BayesSearchCV's optimiser warm and cold, on public problems.

The problems of ``efficiency`` that come in families (YAHPO Gym; without its folder only those of
scikit-learn, negated). ``other``: warmed by 30 settings of a search on other data of the same
family; it should be better than cold after 10. ``negated``: warmed by 30 settings on the same data
with scores of the wrong sign; it should be no worse than cold after 30.

    python benchmarks/warm_start.py [--yahpo FOLDER] [--seeds 0 1 2]
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import sys
from functools import cache
from pathlib import Path

import numpy as np

from sktune._records import Observation
from sktune.optimizers import BayesOptimizer, EarlierScores
from sktune.space import SearchSpace

sys.path.append(str(Path(__file__).parent / "efficiency"))
from _tables import interval
from problems import load
from searches import space

N_ITER = 30
AT = (5, 10, 20, 30)


def search(problem, seed, earlier=()):
    """Points, shape (30, n_dims), and scores, shape (30,)."""
    where = SearchSpace.from_distributions(space(problem))
    optimizer = BayesOptimizer(where, seed=problem.seed(seed), earlier=earlier)
    points, scores = [], []
    for _ in range(N_ITER):
        candidate = optimizer.ask()
        points.append(candidate.point)
        scores.append(problem.score(candidate.params))
        optimizer.tell(Observation(candidate, {"score": np.array(scores[-1:])}, "complete"))
    return np.array(points), np.array(scores)


def regrets(problem, scores):
    best = np.maximum.accumulate(scores)[np.array(AT) - 1]
    return problem.regret(best)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--yahpo", metavar="FOLDER", help="a clone of slds-lmu/yahpo_data")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", default=[""], help="problems whose name has any of it")
    arguments = parser.parse_args()
    every = {problem.name: problem for problem in load(arguments.yahpo)}
    problems = {n: p for n, p in every.items() if any(part in n for part in arguments.only)}
    cold = cache(lambda name, seed: search(problems[name], seed))

    def warm(name, seed, kind):
        source, sign = name, -1
        if kind == "other":
            family = [n for n in problems if n.split("/")[0] == name.split("/")[0] and n != name]
            source, sign = family[(list(problems).index(name) + seed) % len(family)], 1
        points, scores = cold(source, seed + 100)
        return search(problems[name], seed, [EarlierScores(points, sign * scores[:, None])])[1]

    print("| warmed by | after | cold | warm | difference | 95 % |\n|---|---|---|---|---|---|")
    for kind in ("other", "negated"):
        names = [n for n in problems if kind == "negated" or not n.startswith("sklearn")]
        names = [n for n in names if kind == "negated" or not n.startswith("iaml")]
        pairs = [[(n, s) for s in arguments.seeds] for n in names]
        before = np.array([[regrets(problems[n], cold(n, s)[1]) for n, s in row] for row in pairs])
        after = np.array(
            [[regrets(problems[n], warm(n, s, kind)) for n, s in row] for row in pairs]
        )
        for place, budget in enumerate(AT if names else ()):
            a, b = before[..., place], after[..., place]
            low, high = interval(b - a, np.random.default_rng(0))
            print(
                f"| {kind} | {budget} | {a.mean():.3f} | {b.mean():.3f} "
                f"| {(b - a).mean():+.3f} | {low:+.3f} to {high:+.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
