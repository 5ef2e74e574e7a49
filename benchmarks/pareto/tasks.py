"""Two scores of real models: accuracy and training time, of instances of YAHPO Gym.

The regret of a search is the share of the hypervolume of the true front that it has not found. The
hypervolume is measured from the 10 % quantiles of random search, over accuracy and minus the
logarithm of time. The true front is not known; an evolution of 100,000 settings stands for it.

Where 20,000 random settings reach less than half of that hypervolume, the front is an isolated
corner of a surrogate: many times faster than all else, and more accurate. Such tasks only say who
searches corners, and are told apart.

Two further measures: the same from just behind the worst of the true front in each score, and the
accuracy lost where time is limited, as a share of the front's range of accuracy.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "efficiency")]

from _halves import half  # noqa: E402
from problems import YahpoProblem  # noqa: E402 (a neighbour's module)

from sktune._gp import hypervolume, is_on_front  # noqa: E402

REFERENCES = HERE / "references.json"

# Which output of a network is the time, beside the score.
TIME = {"lcbench": 0, "rbv2_xgboost": 6, "rbv2_rpart": 6}

# The tasks of the benchmark of one score that have a time.
TASKS = (
    *(f"lcbench/{i}" for i in (189905, 167161, 126025, 167184, 167168, 168335)),
    *(f"lcbench/{i}" for i in (189865, 189862, 167149, 189906)),
    *(f"rbv2_xgboost/{i}" for i in (40978, 1485, 11, 37, 40496, 188)),
    *(f"rbv2_rpart/{i}" for i in (41159, 40982, 1501, 554)),
)

# Least share of the true hypervolume that random settings reach where the front is no such corner.
LEAST_AT_RANDOM = 0.5

# How far behind the worst of the front, in shares of its range.
BEHIND = 0.02
# Where the limits of time lie, in shares of the front's range of log time, from the fastest.
LIMITS = (0.25, 0.5, 0.75)

N_RANDOM, N_ROUNDS, N_PARENTS, N_CHILDREN = 20_000, 20, 400, 4000


class TimedProblem(YahpoProblem):
    """A problem that also tells the seconds of its training."""

    def both(self, settings):
        """Accuracy and minus the logarithm of the seconds, to base 10; shape (n, 2)."""
        outputs, score = self.outputs(settings), self.surrogate
        seconds = np.maximum(outputs[:, TIME[self.name.split("/")[0]]], 1e-3)
        return np.column_stack([score.sign * outputs[:, score.output], -np.log10(seconds)])

    def regret(self, points):
        """Regret after each of some points, shape (n, 2)."""
        reference = references()[self.name]
        origin, whole = reference["origin"], reference["hypervolume"]
        return [1 - hypervolume(points[: i + 1], origin) / whole for i in range(len(points))]

    def others(self, points):
        """The two further measures of points, shape (n, 2); 0 the best."""
        reference = references()[self.name]
        behind = 1 - hypervolume(points, reference["nadir"]) / reference["nadir_hypervolume"]
        lost = []
        for limit, best in zip(reference["limits"], reference["best"], strict=True):
            fast = points[points[:, 1] >= limit, 0]
            loss = (best - fast.max()) / reference["range"] if len(fast) else 1.0
            lost.append(np.clip(loss, 0.0, 1.0))
        return [float(behind), float(np.mean(lost))]


def tasks(name=None):
    """Names of the tasks: all, or those of a half."""
    return [task for task in TASKS if name is None or half(task) == name]


def is_isolated(name):
    """Whether the front of a task is an isolated corner of the surrogate."""
    return references()[name]["random"] < LEAST_AT_RANDOM


def references():
    return json.loads(REFERENCES.read_text()) if REFERENCES.exists() else {}


def add_reference(problem):
    """Evolve the front of a problem, and write its hypervolume down."""
    known = references()
    if problem.name in known:
        return
    rng = np.random.default_rng(0)
    units = rng.random((N_RANDOM, len(problem.parameters)))
    points = problem.both([problem.params(u) for u in units])
    origin = np.quantile(points, 0.1, axis=0)
    archive = points[is_on_front(points)]
    at_random = hypervolume(archive, origin)
    for number in range(N_ROUNDS):
        # Parents: four layers of fronts, at most so many of them by chance.
        left, layers = np.arange(len(points)), []
        for _ in range(4):
            front = is_on_front(points[left])
            layers.append(left[front])
            left = left[~front]
        chosen = rng.permutation(np.concatenate(layers))[:N_PARENTS]
        units, points = units[chosen], points[chosen]
        children = np.repeat(units, max(1, N_CHILDREN // len(units)), axis=0)
        step = 0.3 * 0.83**number * rng.standard_normal(children.shape)
        children = np.clip(children + step * (rng.random(children.shape) < 0.4), 0, 1)
        is_new = rng.random(children.shape) < 0.02
        children[is_new] = rng.random(is_new.sum())
        found = problem.both([problem.params(u) for u in children])
        units, points = np.vstack([units, children]), np.vstack([points, found])
        archive = np.vstack([archive, found])
        archive = archive[is_on_front(archive)]
    whole = hypervolume(archive, origin)
    known[problem.name] = {
        "origin": origin.tolist(),
        "hypervolume": whole,
        "random": at_random / whole,
        **_further(archive),
    }
    REFERENCES.write_text(json.dumps(known, indent=1) + "\n")


def _further(front):
    """What the two further measures need of the true front."""
    low, high = front.min(axis=0), front.max(axis=0)
    nadir = low - BEHIND * (high - low)
    limits = [high[1] - share * (high[1] - low[1]) for share in LIMITS]
    return {
        "nadir": nadir.tolist(),
        "nadir_hypervolume": hypervolume(front, nadir),
        "limits": limits,
        "best": [front[front[:, 1] >= limit, 0].max() for limit in limits],
        "range": high[0] - low[0],
    }
