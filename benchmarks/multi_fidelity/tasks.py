"""Tuning problems that can be trained in steps, and the account of what a method spends on them.

The problems are those of ``efficiency`` with a fidelity: networks of lcbench by epochs, which go on
from where they stopped, and trees and boosting of rbv2 by the share of the training rows, which are
fitted anew at each rung.
"""

import sys
import time
import zlib
from pathlib import Path

import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "efficiency"))
from problems import YahpoProblem, references
from recorder import BudgetSpent

from sktune.optimizers import make_rungs

FACTOR = 3
# Scenario: least resource, full resource, whether training goes on from where it stopped.
RESOURCES = {
    "lcbench": (2, 52, True),
    "rbv2_xgboost": (3, 100, False),
    "rbv2_rpart": (3, 100, False),
}

# Lying rungs: noise of so many times the distance from the median to the best, as in the prototype.
NOISE = 1.0


class Task:
    """A problem with rungs."""

    def __init__(self, name, folder):
        self.problem = YahpoProblem(name, folder)
        self.name = name
        low, self.full, self.goes_on = RESOURCES[name.split("/")[0]]
        self.rungs = make_rungs(low, self.full, FACTOR)

    def score(self, params, resource):
        """True score with so much of the resource."""
        if resource >= self.full:
            return float(self.problem.scores([params])[0])
        fidelity = resource if self.goes_on else resource / self.full
        return float(self.problem.scores([params], fidelity)[0])


class Account:
    """Gives scores for resource, and remembers what was recommended when.

    Parameters
    ----------
    task : Task
    budget : float
        In full trainings.
    seed : int
    lie : {None, "noise", "sign"}
        What rungs below the last show in place of the score: noise around the median, or the score
        mirrored at the median.

    Attributes
    ----------
    trace : list of (float, float)
        Full trainings spent, and the true score of the recommended setting when fully trained: the
        best on the highest rung that any has reached; each time it changes.
    """

    def __init__(self, task, budget, seed, lie=None):
        self.task, self.budget, self.seed, self.lie = task, budget, seed, lie
        self.spent, self.trace = 0.0, []
        self.n_read, self.n_settings, self.n_full = 0, 0, 0
        self.suggesting, self._mark = 0.0, time.process_time()
        self._top = (-1, -np.inf)

    @property
    def share(self):
        """Of the budget that is used."""
        return min(self.spent / self.budget, 1.0)

    def read(self, params, resource=None, trained=0):
        """Score with `resource` in all, of which `trained` was spent before; None: all of it."""
        self.suggesting += time.process_time() - self._mark
        if self.spent >= self.budget - 1e-9:
            raise BudgetSpent
        task = self.task
        resource = task.full if resource is None else resource
        params = {
            p.name: p.clean(params[p.name]) for p in task.problem.parameters if p.name in params
        }
        truth = value = task.score(params, resource)
        if resource < task.full:
            value = self._told(params, resource, truth)
        self.spent += (resource - (trained if task.goes_on else 0)) / task.full
        self.n_read += 1
        self.n_settings += not trained
        self.n_full += resource == task.full
        if (resource, value) > self._top:
            self._top = (resource, value)
            full = truth if resource == task.full else task.score(params, task.full)
            self.trace.append((self.spent, full))
        self._mark = time.process_time()
        return value

    def _told(self, params, resource, truth):
        median = self.task.problem.median
        if self.lie == "sign":
            return 2 * median - truth
        if self.lie == "noise":
            key = zlib.crc32(repr((sorted(params.items()), resource)).encode())
            rng = np.random.default_rng([self.seed, key])
            scale = NOISE * (self.task.problem.best - median)
            return median + scale * float(rng.standard_normal())
        return truth


def load(folder, only):
    """The tasks whose names contain any of some texts."""
    names = [n for n in references() if n.split("/")[0] in RESOURCES]
    return [Task(name, folder) for name in names if any(text in name for text in only)]
