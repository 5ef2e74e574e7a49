"""Two scores of real models: accuracy and training time, of instances of YAHPO Gym.

The regret of a search is the share of the hypervolume of the true front that it has not found. The
hypervolume is measured from the 10 % quantiles of random search, over accuracy and minus the
logarithm of time. The true front is not known; an evolution of 100,000 settings stands for it.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "efficiency"))

from problems import YahpoProblem  # noqa: E402 (a neighbour's module)

from sktune._gp import hypervolume, is_on_front  # noqa: E402

REFERENCES = HERE / "references.json"

# Which output of a network is the time, beside the score.
TIME = {"lcbench": 0, "rbv2_xgboost": 6, "rbv2_rpart": 6}

# Those of the measurements that chose the rule of the reference point.
OLD = ("lcbench/189905", "lcbench/167168", "rbv2_rpart/40982", "rbv2_xgboost/40978")

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
    known[problem.name] = {"origin": origin.tolist(), "hypervolume": whole}
    REFERENCES.write_text(json.dumps(known, indent=1) + "\n")
