"""The cost of annealing between the fits, and whether a thousand workers wait for it.

1. CPU time of one suggestion, its tell included, in a space of 20 parameters and with 5 noisy
   folds told: around the 100th candidate and in the last quarter of 10,000. Aim: at most 1 ms
   at both. A virtual machine may change its speed every few seconds: the lowest decile shows the
   cost of the search, the median includes the slowdowns of the machine.
2. A simulated clock: 1,000 workers, fits of log-normal length with a mean of 60 s, and a parent
   that needs the measured time for each suggestion and a fixed one for each fold. Aim: workers
   wait at most 5 % of their time. Then workers that come and go while it runs.

    python benchmarks/cost/annealing_cost.py [n_candidates]
"""

import os

# Before NumPy is loaded: a second core would only spin, and the search uses one, too.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import sys
import time
from pathlib import Path

import numpy as np
from scipy.stats import loguniform, randint, uniform

from sktune._records import Observation
from sktune.optimizers import AnnealingOptimizer
from sktune.space import SearchSpace, log_randint

sys.path.append(str(Path(__file__).parents[1]))
from _clock import simulate

SPACE = {
    **{f"x{i}": uniform(0, 1) for i in range(6)},
    **{f"l{i}": loguniform(1e-4, 1e2) for i in range(6)},
    **{f"n{i}": randint(0, 50) for i in range(2)},
    **{f"m{i}": log_randint(1, 1000) for i in range(2)},
    **{f"k{i}": ["a", "b", "c", "d"] for i in range(4)},
}
MEAN_FIT, SIGMA = 60.0, 1.0

# Suggestions timed together: on virtual machines, reading the CPU time may take 0.3 ms.
BLOCK = 20

# Searches of 140 candidates for the cost near 100; a single one is over in a tenth of a second.
N_SHORT = 20


def make_optimizer():
    return AnnealingOptimizer(SearchSpace.from_distributions(SPACE))


def make_score():
    """Scores of five folds: highest at 0.3 in each coordinate, with effects and noise."""
    rng = np.random.default_rng(0)
    effects = 0.1 * rng.standard_normal(5)

    def score(candidate):
        height = -np.sum((np.array(candidate.point) - 0.3) ** 2)
        return height + effects + 0.05 * rng.standard_normal(5)

    return score


def milliseconds(n_candidates):
    """CPU time of a suggestion with its tell, mean of each block, shape (n_candidates / BLOCK,).

    The score's few microseconds are counted, too.
    """
    optimizer, score = make_optimizer(), make_score()
    ends = [time.process_time()]
    for i in range(n_candidates):
        candidate = optimizer.ask(i / n_candidates)
        optimizer.tell(Observation(candidate, {"score": score(candidate)}, "complete"))
        if (i + 1) % BLOCK == 0:
            ends.append(time.process_time())
    return 1e3 * np.diff(ends) / BLOCK


def crowd(n_workers, n_iter, fold_cost, make=make_optimizer):
    """A simulated search with log-normal fits."""
    rng = np.random.default_rng(1)
    mu = np.log(MEAN_FIT) - SIGMA**2 / 2
    return simulate(
        make(),
        make_score(),
        lambda: float(rng.lognormal(mu, SIGMA)),
        n_iter,
        n_workers,
        fold_cost,
    )


def coming_and_going(now):
    """200 workers, after two minutes 1,000, after seven 400."""
    return 200 if now < 120 else 1000 if now < 420 else 400


def main():
    n_candidates = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    near_100 = np.concatenate([milliseconds(7 * BLOCK)[3:] for _ in range(N_SHORT)])
    spent = milliseconds(n_candidates)
    near_end = spent[-len(spent) // 4 :]
    for name, part in (("100", near_100), (f"{n_candidates:,}", near_end)):
        low, middle, high = np.quantile(part, (0.1, 0.5, 0.9))
        print(f"near {name} candidates: {middle:.2f} ms, 10 % to 90 %: {low:.2f} to {high:.2f}")
    for fold_cost in (0.001, 0.005):
        course = crowd(lambda now: 1000, n_candidates, fold_cost)
        print(
            f"1,000 workers, {1e3 * fold_cost:g} ms a fold: they wait "
            f"{course.idle_share:.2%} of {course.ends[-1]:.0f} s; "
            f"{1e3 * course.suggestion / n_candidates:.2f} ms a suggestion"
        )
    course = crowd(coming_and_going, n_candidates, 0.005)
    print(f"200, then 1,000, then 400 workers, 5 ms a fold: they wait {course.idle_share:.2%}")


if __name__ == "__main__":
    main()
