"""The methods: each a function of an account and a seed that reads scores until that raises.

Ours are the optimisers by themselves; peers run at their defaults on the same rungs and factor.
"""

import functools

import asynchronous
import configspace_peers
import numpy as np
from peers import suggested
from searches import space
from tasks import FACTOR

from sktune.optimizers import (
    BayesOptimizer,
    Candidate,
    FreezeThawOptimizer,
    HyperbandOptimizer,
    Observation,
    RandomOptimizer,
)
from sktune.space import SearchSpace


def _ours(make, account, seed):
    task = account.task
    optimizer = make(SearchSpace.from_distributions(space(task.problem)), task, seed)
    while isinstance(candidate := optimizer.ask(account.share), Candidate):
        trained = 0
        if candidate.parent is not None:
            trained = optimizer.observations[candidate.parent].candidate.resource
        value = account.read(candidate.params, candidate.resource, trained)
        scores = {"score": np.array([value])}
        optimizer.tell(Observation(candidate, scores, "complete"))


def random(space, task, seed):
    return RandomOptimizer(space, seed=seed)


def bayes(space, task, seed):
    return BayesOptimizer(space, seed=seed)


def _dice(strategy, space, task, seed):
    return HyperbandOptimizer(space, rungs=task.rungs, factor=FACTOR, strategy=strategy, seed=seed)


def freeze_thaw(space, task, seed, **options):
    return FreezeThawOptimizer(space, rungs=task.rungs, goes_on=task.goes_on, seed=seed, **options)


def _optuna(make_sampler, account, seed):
    """Optuna's HyperbandPruner: it stops a trial that is trained on, and pauses none."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    task = account.task
    pruner = optuna.pruners.HyperbandPruner(task.rungs[0], task.full, FACTOR)
    study = optuna.create_study(direction="maximize", sampler=make_sampler(seed), pruner=pruner)
    while True:
        trial, trained = study.ask(), 0
        params = suggested(trial, task.problem.parameters)
        for resource in task.rungs:
            value = account.read(params, resource, trained)
            trained = resource
            trial.report(value, resource)
            if resource < task.full and trial.should_prune():
                study.tell(trial, state=optuna.trial.TrialState.PRUNED)
                break
        else:
            study.tell(trial, value)


def _tpe(seed):
    import optuna

    return optuna.samplers.TPESampler(seed=seed)


def _gp(seed):
    import optuna
    import torch

    torch.set_num_threads(1)
    return optuna.samplers.GPSampler(seed=seed)


METHODS = {
    "random": functools.partial(_ours, random),
    "bayes": functools.partial(_ours, bayes),
    "asha": functools.partial(_ours, functools.partial(_dice, "asha")),
    "halving": functools.partial(_ours, functools.partial(_dice, "halving")),
    "hyperband": functools.partial(_ours, functools.partial(_dice, "hyperband")),
    "freeze_thaw": functools.partial(_ours, freeze_thaw),
    "optuna_tpe": functools.partial(_optuna, _tpe),
    "optuna_gp": functools.partial(_optuna, _gp),
    "mobster": asynchronous.mobster,
    "dyhpo": asynchronous.dyhpo,
    "bohb": asynchronous.bohb,
    "dehb": configspace_peers.dehb,
    "smac": configspace_peers.smac,
}


def find(label):
    """A method, or ``freeze_thaw:option=value,...`` with options of the optimiser."""
    name, _, options = label.partition(":")
    if not options:
        return METHODS[name]
    pairs = dict(option.split("=") for option in options.split(","))
    pairs = {key: float(value) if "." in value else int(value) for key, value in pairs.items()}
    return functools.partial(_ours, functools.partial(freeze_thaw, **pairs))
