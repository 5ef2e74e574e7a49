"""Peers with spaces of ConfigSpace: DEHB 0.1.2 and SMAC 2.4, at their defaults on the same rungs.

Needs ``pip install dehb smac``; DEHB asks for NumPy below 2, and with ``--no-deps`` runs with newer
ones. Both train every setting from the start; what they would save by going on is given to them,
where they come back to a setting that has been trained already.
"""

import tempfile

import numpy as np
from _configspace import configuration_space
from tasks import FACTOR


class Trained:
    """Reads scores, and knows how far each setting has been trained."""

    def __init__(self, account):
        self._account, self._trained = account, {}
        # Their rungs are full / 3^k without rounding.
        self.full = float(account.task.full)
        self.first = self.full / FACTOR ** (len(account.task.rungs) - 1)

    def __call__(self, config, budget):
        """Score of a setting on the rung that is nearest to the budget."""
        rungs, params = self._account.task.rungs, dict(config)
        resource = min(rungs, key=lambda rung: abs(rung - budget))
        key = repr(sorted(params.items()))
        before = self._trained.get(key, 0)
        score = self._account.read(params, resource, before if before < resource else 0)
        self._trained[key] = max(resource, before)
        return score


def dehb(account, seed):
    from dehb import DEHB

    scores, problem = Trained(account), account.task.problem
    with tempfile.TemporaryDirectory() as folder:
        optimizer = DEHB(
            f=None,
            cs=configuration_space(problem.parameters, seed, has_conditions=False),
            dimensions=len(problem.parameters),
            min_fidelity=scores.first,
            max_fidelity=scores.full,
            eta=FACTOR,
            n_workers=1,
            seed=seed,
            output_path=folder,
            log_level="ERROR",
        )
        while True:
            job = optimizer.ask()
            score = scores(job["config"], job["fidelity"])
            optimizer.tell(job, {"fitness": -score, "cost": float(job["fidelity"])})


def smac(account, seed):
    from smac import MultiFidelityFacade, Scenario
    from smac.runhistory.dataclasses import TrialValue

    scores, problem = Trained(account), account.task.problem
    with tempfile.TemporaryDirectory() as folder:
        scenario = Scenario(
            configuration_space(problem.parameters, seed, has_conditions=False),
            n_trials=np.iinfo(np.int32).max,
            min_budget=scores.first,
            max_budget=scores.full,
            seed=seed,
            deterministic=True,
            output_directory=folder,
        )
        optimizer = MultiFidelityFacade(
            scenario,
            lambda config, seed, budget: 0.0,  # it is asked and told instead
            intensifier=MultiFidelityFacade.get_intensifier(scenario, eta=FACTOR),
            logging_level=False,
        )
        while True:
            trial = optimizer.ask()
            optimizer.tell(trial, TrialValue(cost=-scores(trial.config, trial.budget)))
