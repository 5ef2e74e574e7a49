"""The cost of a large space: CPU and memory of 25 candidates, against a list of ten.

    python benchmarks/cost/large_spaces.py

Each case runs in its own process. The objective costs nothing, so all cost is that of the search.
Then the best of 25 candidates among 8,000 tuples of numbers is compared with random draws, with
twenty seeds.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from itertools import product

import numpy as np
from scipy.stats import loguniform, poisson, randint, rv_discrete, zipf

from sktune._records import Observation
from sktune.optimizers import AnnealingOptimizer, BayesOptimizer, RandomOptimizer
from sktune.space import SearchSpace

N_CANDIDATES = 25
SEARCHES = {
    "bayes": BayesOptimizer,
    "annealing": AnnealingOptimizer,
    "random": RandomOptimizer,
}


class Powers(rv_discrete):
    """Powers of two."""

    def _pmf(self, k):
        exponents = np.log2(np.maximum(k, 1.0))
        is_power = (k >= 1) & (exponents == np.round(exponents))
        return np.where(is_power, 0.5 ** (exponents + 1), 0.0)


CASES = {
    "list of ten": lambda: list(range(1, 11)),
    "8,000 tuples": lambda: list(product(range(1, 21), range(1, 21), range(1, 21))),
    "64,000 tuples": lambda: list(product(range(40), range(40), range(40))),
    "8,000 strings": lambda: [f"choice {i}" for i in range(8000)],
    "64,000 strings": lambda: [f"choice {i}" for i in range(64_000)],
    "8,000 lists": lambda: [[i, str(i)] for i in range(8000)],
    "range(1, 10**7)": lambda: range(1, 10**7),
    "array of 10**6": lambda: np.arange(10**6),
    "list of 10**6": lambda: list(range(10**6)),
    "zipf(1.5)": lambda: zipf(1.5),
    "zipf(1.1)": lambda: zipf(1.1),
    "poisson(10**7)": lambda: poisson(10**7),
    "powers of two": lambda: Powers(a=1),
    "loguniform": lambda: loguniform(1e-200, 1e200),
    "randint in two branches": lambda: randint(1, 10**6),
}


def score(value):
    """The score of any choice; the optimum is inside the space."""
    if isinstance(value, str):
        return -float(sum(map(ord, value)) % 97)
    numbers = np.atleast_1d([float(v) for v in value] if isinstance(value, tuple | list) else value)
    return -float(np.abs(np.log(np.abs(numbers.astype(float)) + 1e-3) - 2.0).sum())


def best_of(optimizer, n=N_CANDIDATES):
    """Best score after n candidates, or as many as there are."""
    best = -np.inf
    for i in range(n):
        candidate = optimizer.ask(i / n)
        if candidate is None:
            break
        value = score(candidate.params["x"])
        best = max(best, value)
        optimizer.tell(Observation(candidate, {"score": np.array([value])}, "complete"))
    return best


def measure(case, search):
    """CPU seconds and peak memory in MB of a search and its space, without the list itself."""
    values = CASES[case]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    branches = [{"x": values, "y": [1]}, {"x": values, "y": [2]}] if "branches" in case else None
    space = SearchSpace.from_distributions(branches or {"x": values})
    best_of(SEARCHES[search](space, seed=0))
    spent = time.process_time() - start
    return spent, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024


def in_a_process(case, search):
    command = [sys.executable, __file__, "--one", case, search]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def print_costs():
    print("| space | " + " | ".join(f"{s}: CPU s more, MB more" for s in list(SEARCHES)[:2]) + " |")
    print("|---|---|---|")
    base = {search: in_a_process("list of ten", search) for search in list(SEARCHES)[:2]}
    for case in list(CASES)[1:]:
        cells = []
        for search, (seconds, memory) in base.items():
            spent, peak = in_a_process(case, search)
            cells.append(f"{spent - seconds:+.2f}, {peak - memory:+.0f}")
        print(f"| {case} | " + " | ".join(cells) + " |")


def print_gains(n_seeds):
    print("\nMean best score after 25 of 8,000 tuples (0 is the best there is, nearly):\n")
    for search, kind in SEARCHES.items():
        space = SearchSpace.from_distributions({"x": CASES["8,000 tuples"]()})
        found = [best_of(kind(space, seed=seed)) for seed in range(n_seeds)]
        print(f"{search}: {np.mean(found):.3f} (standard error {np.std(found) / n_seeds**0.5:.3f})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--one", nargs=2, metavar=("CASE", "SEARCH"))
    parser.add_argument("--seeds", type=int, default=20)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(measure(*options.one)))
    else:
        print_costs()
        print_gains(options.seeds)
