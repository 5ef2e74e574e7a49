"""Asynchronous peers: the schedulers of syne-tune 0.13, the last that has MOBSTER and DyHPO.

Needs ``pip install "syne-tune[gpsearchers]==0.13"``, which asks for NumPy below 1.27; with the
option ``--no-deps``, and dill and autograd beside it, it runs with newer ones. Schedulers are at
their defaults but for the rungs, and pause trials rather than stop them, as our methods do.
"""

import datetime
import logging
import random

import numpy as np
from tasks import FACTOR


def space(problem):
    """The parameters of a problem for syne-tune, none of them conditional."""
    from syne_tune import config_space

    found = {}
    for p in problem.parameters:
        if p.kind == "cat":
            found[p.name] = config_space.choice(list(p.choices))
        elif p.kind == "int":
            make = config_space.lograndint if p.log else config_space.randint
            found[p.name] = make(int(p.low), int(p.high))
        else:
            make = config_space.loguniform if p.log else config_space.uniform
            found[p.name] = make(float(p.low), float(p.high))
    return found


def syne_tune(name, options, account, seed):
    """One of its schedulers, on the rungs of the task, with one worker."""
    from syne_tune.backend.trial_status import Trial
    from syne_tune.optimizer import baselines

    logging.disable(logging.WARNING)
    random.seed(seed)
    np.random.seed(seed)  # noqa: NPY002 (some of its searchers draw from it)
    task = account.task
    scheduler = getattr(baselines, name)(
        space(task.problem) | {"epochs": task.full},
        metric="score",
        mode="max",
        resource_attr="epoch",
        max_resource_attr="epochs",
        reduction_factor=FACTOR,
        rung_levels=list(task.rungs[:-1]),
        random_seed=seed,
        **options,
    )
    trials, trained = {}, {}
    while True:
        suggestion = scheduler.suggest(len(trials))
        if suggestion.spawn_new_trial_id:
            i = len(trials)
            trials[i] = Trial(i, suggestion.config, datetime.datetime(2026, 1, 1))
            trained[i] = 0
            scheduler.on_trial_add(trials[i])
        else:
            i = int(suggestion.checkpoint_trial_id)
            if suggestion.config is not None:
                trials[i] = Trial(i, suggestion.config, trials[i].creation_time)
        for resource in (rung for rung in task.rungs if rung > trained[i]):
            config = {key: value for key, value in trials[i].config.items() if key != "epochs"}
            score = account.read(config, resource, trained[i])
            trained[i] = resource
            result = {"score": score, "epoch": resource}
            decision = scheduler.on_trial_result(trials[i], result)
            if resource == task.full:
                scheduler.on_trial_complete(trials[i], result)
            if decision != "CONTINUE":
                break


def mobster(account, seed):
    syne_tune("MOBSTER", {"type": "promotion"}, account, seed)


def dyhpo(account, seed):
    syne_tune("DyHPO", {}, account, seed)


def bohb(account, seed):
    syne_tune("BOHB", {"type": "promotion"}, account, seed)
