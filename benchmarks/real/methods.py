"""Ours by `ask` and `tell`, random search as RandomizedSearchCV draws, and the peers."""

import json
import re
import sys
from pathlib import Path

from sklearn.model_selection import ParameterSampler

sys.path.append(str(Path(__file__).parents[1] / "efficiency"))
from peers import PEERS

OURS = ("bayes", "annealing")
SPEC = re.compile(r"(?:(?P<label>[\w.-]+)=)?(?P<name>\w+)(?::(?P<options>\{.*\}))?")


def find(spec):
    """Label, function and needed packages of a method, from ``[label=]name[:{"option": value}]``.

    Functions take a problem, a recorder, the number of settings and a seed.
    """
    match = SPEC.fullmatch(spec)
    name, options = (match["name"], match["options"]) if match else (spec, None)
    label = (match and match["label"]) or spec
    if name in OURS:
        return label, _ours(name, json.loads(options or "{}")), ()
    if name not in PEERS or options:
        raise SystemExit(f"no method {spec!r}; there are: {', '.join([*OURS, *PEERS])}")
    if name == "random":
        return label, random, ()
    function, packages = PEERS[name]
    return label, _on_places(function), packages


def random(problem, recorder, n, seed):
    for params in recorder.own:
        recorder(params)
    for params in ParameterSampler(problem.space, n, random_state=seed):
        recorder(params)


def _ours(name, options):
    from sktune import optimizers
    from sktune._records import Done, Observation
    from sktune.space import SearchSpace

    kind = {"bayes": optimizers.BayesOptimizer, "annealing": optimizers.AnnealingOptimizer}[name]

    def method(problem, recorder, n, seed):
        space = SearchSpace.from_distributions(problem.space)
        optimizer = kind(space, metric="score", seed=seed, starts=recorder.own, **options)
        for i in range(n):
            candidate = optimizer.ask(i / n)
            if isinstance(candidate, Done):
                return
            folds = recorder.folds(candidate.params)
            status = "complete" if recorder.has_score(folds) else "failed"
            optimizer.tell(Observation(candidate, {"score": folds}, status))

    return method


def _on_places(function):
    """A peer, which knows choices by their places in their lists."""

    def method(problem, recorder, n, seed):
        function(problem, _Places(problem, recorder), n, seed)

    return method


class _Places:
    """The recorder as ``efficiency/peers.py`` takes it."""

    noisy = True  # as Optuna takes objectives if it is not told otherwise

    def __init__(self, problem, recorder):
        self.problem, self.recorder = problem, recorder
        self.starts = [problem.to_places(params) for params in recorder.own]

    def __call__(self, places):
        return self.recorder(self.problem.from_places(places))
