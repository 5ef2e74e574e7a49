"""Searches of C, or alpha, and a weight for each part, that end after so many CPU seconds."""

import contextlib
import math
import time

import numpy as np
from sklearn.base import clone
from sklearn.model_selection import cross_val_score


def random(space, seed, evaluate):
    """Settings as ``RandomizedSearchCV`` draws them."""
    rng = np.random.default_rng(seed)
    while True:
        evaluate(space.sample(1, rng)[0])


def optuna_gp(space, seed, evaluate):
    """Optuna's GPSampler, told that scores repeat exactly."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    sampler = optuna.samplers.GPSampler(seed=seed, deterministic_objective=True)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    while True:
        trial = study.ask()
        point = np.array([trial.suggest_float(d.name, 0.0, 1.0) for d in space.dimensions])
        study.tell(trial, evaluate(point))


PEERS = {"random": random, "optuna_gp": optuna_gp}


class _TimeIsUp(Exception):
    pass


def search_for(seconds, peer, estimator, space, X, y, seed, **options):
    """The best setting, its mean score and the number of settings that a peer tried in time."""
    end, best, n_tried = time.process_time() + seconds, (-math.inf, None), 0

    def evaluate(point):
        nonlocal best, n_tried
        if best[1] is not None and time.process_time() >= end:
            raise _TimeIsUp
        (params,) = space.inverse_transform(point[None])
        model = clone(estimator).set_params(**params)
        score = float(cross_val_score(model, X, y, **options).mean())
        n_tried += 1
        if best[1] is None or score > best[0]:
            best = score, params
        return score

    with contextlib.suppress(_TimeIsUp):
        PEERS[peer](space, seed, evaluate)
    return best[1], best[0], n_tried
