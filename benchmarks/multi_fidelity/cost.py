"""CPU time of a suggestion of ``FreezeThawOptimizer`` against that of ``BayesOptimizer``.

    python benchmarks/multi_fidelity/cost.py [--n-rows 50 100 200] [--n-suggestions 20]
    python benchmarks/multi_fidelity/cost.py --methods asha --n-rows 100 600 3000

All search seven numbers with a smooth score; each has been told so many scores when the clock
starts, and is told one more after each suggestion. Fits of hyperparameters are counted.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import time

import numpy as np
from scipy.stats import uniform

from sktune.optimizers import BayesOptimizer, FreezeThawOptimizer, HyperbandOptimizer, Observation
from sktune.space import SearchSpace

SPACE = SearchSpace.from_distributions({f"x{i}": uniform(0, 1) for i in range(7)})
RUNGS = (2, 6, 17, 52)

METHODS = {
    "bayes": lambda: BayesOptimizer(SPACE),
    "freeze_thaw": lambda: FreezeThawOptimizer(SPACE, rungs=RUNGS),
    "asha": lambda: HyperbandOptimizer(SPACE, rungs=RUNGS, factor=3, strategy="asha"),
}


def observe(candidate):
    score = -float(np.sum((np.array(candidate.point) - 0.4) ** 2))
    score -= 1 / (candidate.resource or RUNGS[-1])
    return Observation(candidate, {"score": np.array([score])}, "complete")


def milliseconds(optimizer, n_rows, n_suggestions):
    """Mean CPU time of a suggestion, so many random settings known; by the design: no quota."""
    resource, rng = optimizer.first_resource, np.random.default_rng(0)
    for i, point in enumerate(SPACE.sample(n_rows, rng)):
        (params,) = SPACE.inverse_transform(point)
        optimizer.tell(observe(optimizer.adopt(i, point.tolist(), "design", params, resource)))
    for _ in range(11):  # the first designs, which cost nothing
        optimizer.tell(observe(optimizer.ask()))
    start = time.process_time()
    for _ in range(n_suggestions):
        optimizer.tell(observe(optimizer.ask()))
    return 1000 * (time.process_time() - start) / n_suggestions


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-rows", nargs="+", type=int, default=[50, 100, 200])
    parser.add_argument("--n-suggestions", type=int, default=20)
    parser.add_argument(
        "--methods", nargs="+", default=["bayes", "freeze_thaw"], choices=list(METHODS)
    )
    arguments = parser.parse_args()
    print("| scores | " + " | ".join(f"{name}, ms" for name in arguments.methods) + " |")
    print("|---" * (len(arguments.methods) + 1) + "|")
    for n_rows in arguments.n_rows:
        found = (
            milliseconds(METHODS[name](), n_rows, arguments.n_suggestions)
            for name in arguments.methods
        )
        print(f"| {n_rows} | " + " | ".join(f"{ms:.1f}" for ms in found) + " |", flush=True)


if __name__ == "__main__":
    main()
