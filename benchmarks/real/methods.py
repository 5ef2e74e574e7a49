"""Our optimisers by `ask` and `tell`, random search like RandomizedSearchCV's, and the peers."""

import json
import re
import sys
from itertools import product
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
    from sktune.space._known_spaces._starts import known_starts

    kind = {"bayes": optimizers.BayesOptimizer, "annealing": optimizers.AnnealingOptimizer}[name]

    options = dict(options)
    conditions = options.pop("conditions", "auto")
    has_learned = options.pop("learned", False)
    n_most = options.pop("foresight", 0)

    def method(problem, recorder, n, seed):
        space = conditional_space(problem, conditions)
        starts = list(recorder.own)
        if has_learned:
            X, _, y, _ = problem.data
            starts += known_starts(problem.estimator, space, X, y)
        optimizer = kind(space, metric="score", seed=seed, starts=starts, **options)
        foresight = Foresight(optimizer, recorder, n_most)
        for i in range(n):
            with foresight:
                candidate = optimizer.ask(i / n)
            if isinstance(candidate, Done):
                return
            folds = recorder.folds(candidate.params)
            status = "complete" if recorder.has_score(folds) else "failed"
            optimizer.tell(Observation(candidate, {"score": folds}, status))

    return method


class Foresight:
    """A context in which an optimiser passes over settings that would repeat the scores of others.

    For each suggestion it passes over up to `n_most` of them, the best by its own criterion; what
    it looks at costs nothing. No search can have this; it shows what a perfect forecast of repeats
    would be worth.
    """

    def __init__(self, optimizer, recorder, n_most):
        self._optimizer, self._recorder, self._n_most = optimizer, recorder, n_most
        self._is_new, self._refused = optimizer.is_new, set()

    def __enter__(self):
        self._known = {tuple(folds) for folds in self._recorder.read}
        self._n_left = self._n_most
        self._optimizer.is_new = self._is_worth_a_fit

    def __exit__(self, *_):
        self._optimizer.is_new = self._is_new

    def _is_worth_a_fit(self, point):
        space = self._optimizer.space
        if not self._is_new(point) or space.key(point) in self._refused:
            return False
        if not self._n_left:
            return True
        (params,) = space.inverse_transform(point)
        evaluations = self._recorder.evaluations
        folds, _ = evaluations.folds(evaluations.problem.encode(params))
        if tuple(folds) not in self._known:
            return True
        self._n_left -= 1
        self._refused.add(space.key(point))
        return False


def conditional_space(problem, conditions):
    """The space of a problem with known conditions ("auto"), without (None), or as branches."""
    from sktune.space import SearchSpace

    space = SearchSpace.from_distributions(problem.space, None, "auto", problem.estimator)
    if conditions == "branches" and space.conditions:
        branches = as_branches(problem.space, space.conditions)
        return SearchSpace.from_distributions(branches, None, None, problem.estimator)
    if conditions is None:
        return SearchSpace.from_distributions(problem.space)
    return space


def as_branches(distributions, conditions):
    """A dict for each combination of parents' values, with the parameters active under them.

    If there is only one parent, its values under which the same parameters are active share a
    dict. Parents are lists.
    """
    clauses = {n: [c] if isinstance(c, dict) else c for n, c in conditions.items()}
    parents = sorted({p for alternatives in clauses.values() for c in alternatives for p in c})

    def is_active(name, chosen):
        return name not in clauses or any(
            all(
                is_active(p, chosen)
                and (allowed(chosen[p]) if callable(allowed) else chosen[p] in allowed)
                for p, allowed in clause.items()
            )
            for clause in clauses[name]
        )

    groups = {}
    for values in product(*(_values(distributions[parent]) for parent in parents)):
        chosen = dict(zip(parents, values, strict=True))
        active = [name for name in distributions if is_active(name, chosen)]
        own = repr([chosen[p] for p in parents if p in active]) if len(parents) > 1 else ""
        groups.setdefault((tuple(active), own), []).append(chosen)
    return [
        {
            name: list(dict.fromkeys(chosen[name] for chosen in group))
            if name in parents
            else distributions[name]
            for name in active
        }
        for (active, _), group in groups.items()
    ]


def _values(distribution):
    """The values of a list, or of a range of integers."""
    if isinstance(distribution, list):
        return distribution
    low, high = distribution.support()
    return range(int(low), int(high) + 1)


def _on_places(function):
    """A peer that sees choices as their places in the list."""

    def method(problem, recorder, n, seed):
        function(problem, _Places(problem, recorder), n, seed)

    return method


class _Places:
    """The recorder as ``efficiency/peers.py`` takes it."""

    noisy = True  # Optuna's default for objectives

    def __init__(self, problem, recorder):
        self.problem, self.recorder = problem, recorder
        self.starts = [problem.to_places(params) for params in recorder.own]

    def __call__(self, places):
        return self.recorder(self.problem.from_places(places))
