"""The established methods: each a function of a problem, its recorder, the budget and a seed.

All start from ten random settings, as most do by default, and know the scale of each parameter.
Optuna's TPE, hyperopt and SMAC are told the conditions; the others get flat spaces, in which an
inactive parameter has no effect. A recorder gives the score of a setting, nan where it has none;
its ``starts`` are tried first. Packages are imported by the method that needs them.
"""

import math

import numpy as np

N_INITIAL = 10


def random(problem, recorder, n, seed):
    rng = np.random.default_rng(seed)
    for _ in range(n):
        recorder(problem.params(rng.random(len(problem.parameters))))


def suggested(trial, parameters, conditional=True):
    """The setting of a trial of Optuna; where `conditional`, without inactive parameters."""
    params = {}
    for p in parameters:  # a parent comes before its children
        if conditional and not p.is_active(params):
            continue
        if p.kind == "cat":
            params[p.name] = trial.suggest_categorical(p.name, p.choices)
        else:
            suggest = trial.suggest_int if p.kind == "int" else trial.suggest_float
            params[p.name] = suggest(p.name, p.low, p.high, log=p.log)
    return params


def trade_off(make_sampler, parameters, n, seed, scores_of, conditional=True):
    """Let Optuna maximise two scores; ``scores_of(params)`` gives both."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = make_sampler(optuna.samplers, seed)
    study = optuna.create_study(directions=["maximize"] * 2, sampler=sampler)
    for _ in range(n):
        trial = study.ask()
        study.tell(trial, list(scores_of(suggested(trial, parameters, conditional))))


def _optuna(sampler, problem, recorder, n, conditional):
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    for start in recorder.starts:
        study.enqueue_trial(start)
    for _ in range(n):
        trial = study.ask()
        score = recorder(suggested(trial, problem.parameters, conditional))
        if math.isnan(score):
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, score)


def _optuna_tpe(multivariate, problem, recorder, n, seed):
    import optuna

    sampler = optuna.samplers.TPESampler(
        seed=seed, multivariate=multivariate, group=multivariate, n_startup_trials=N_INITIAL
    )
    _optuna(sampler, problem, recorder, n, conditional=True)


def optuna_tpe(*run):
    _optuna_tpe(False, *run)


def optuna_tpe_mv(*run):
    _optuna_tpe(True, *run)


def optuna_gp(problem, recorder, n, seed):
    import optuna
    import torch

    torch.set_num_threads(1)
    sampler = optuna.samplers.GPSampler(
        seed=seed, deterministic_objective=not recorder.noisy, n_startup_trials=N_INITIAL
    )
    _optuna(sampler, problem, recorder, n, conditional=False)


def skopt_gp(problem, recorder, n, seed):
    from skopt import Optimizer
    from skopt.space import Categorical, Integer, Real

    dimensions = []
    for p in problem.parameters:
        if p.kind == "cat":
            dimensions.append(Categorical(list(p.choices), name=p.name))
        else:
            kind = Integer if p.kind == "int" else Real
            prior = "log-uniform" if p.log else "uniform"
            dimensions.append(kind(p.low, p.high, prior=prior, name=p.name))
    optimizer = Optimizer(
        dimensions, "GP", n_initial_points=N_INITIAL, acq_func="gp_hedge", random_state=seed
    )
    starts = [[start[d.name] for d in dimensions] for start in recorder.starts]
    worst = math.nan
    for i in range(n):
        values = starts[i] if i < len(starts) else optimizer.ask()
        score = recorder({d.name: value for d, value in zip(dimensions, values, strict=True)})
        if math.isnan(score):  # it has no notion of failures: they get the worst score so far
            score = worst
        else:
            worst = min(score, worst)  # min ignores a nan in second place
        if not math.isnan(score):
            optimizer.tell(values, -score)


def cmaes(problem, recorder, n, seed):
    import cmaes as package

    kinds = {
        kind: [p for p in problem.parameters if p.kind == kind] for kind in ("float", "int", "cat")
    }
    levels = [[p.unit(v) for v in range(p.low, p.high + 1)] for p in kinds["int"]]
    optimizer = package.CatCMAwM(
        x_space=[[0.0, 1.0]] * len(kinds["float"]) or None,
        z_space=levels or None,
        c_space=[len(p.choices) for p in kinds["cat"]] or None,
        seed=seed,
    )
    while True:
        told = []
        for _ in range(optimizer.population_size):
            solution, params = optimizer.ask(), {}
            x, z, c = (
                () if part is None else part for part in (solution.x, solution.z, solution.c)
            )
            for p, u in zip(kinds["float"] + kinds["int"], [*x, *z], strict=True):
                params[p.name] = p.at(u)
            for p, row in zip(kinds["cat"], c, strict=True):
                params[p.name] = p.choices[int(np.argmax(row))]
            told.append((solution, -recorder(params)))
        optimizer.tell(told)


def _hyperopt(algorithm, problem, recorder, n, seed):
    from hyperopt import fmin

    def height(sample):
        return -recorder(_flat(sample))

    fmin(
        height,
        _hyperopt_space(problem),
        algo=algorithm,
        max_evals=n,
        rstate=np.random.default_rng(seed),
        show_progressbar=False,
        verbose=False,
    )


def _hyperopt_space(problem):
    """A tree: children hang below those of their parent's choices that make them active."""
    from hyperopt import hp

    nodes = {}
    for p in problem.parameters:
        if p.kind == "cat":
            continue
        low, high = (np.log(p.low), np.log(p.high)) if p.log else (p.low, p.high)
        if p.kind == "float":
            nodes[p.name] = (hp.loguniform if p.log else hp.uniform)(p.name, low, high)
        else:
            steps = (low, high, 1) if p.log else (low, high)
            nodes[p.name] = (hp.qloguniform if p.log else hp.uniformint)(p.name, *steps)
    for p in reversed(problem.parameters):
        if p.kind == "cat":
            below = [
                {
                    child.name: nodes[child.name]
                    for child in problem.parameters
                    if child.parent == p.name and choice in child.values
                }
                for choice in p.choices
            ]
            choices = [{p.name: c, **kids} for c, kids in zip(p.choices, below, strict=True)]
            nodes[p.name] = hp.choice(p.name, choices)
    return {p.name: nodes[p.name] for p in problem.parameters if not p.parent}


def _flat(sample):
    """The parameters of a tree's sample, whatever hangs below what."""
    params = {}
    for name, value in sample.items():
        params.update(_flat(value) if isinstance(value, dict) else {name: value})
    return params


def hyperopt_anneal(*run):
    from hyperopt import anneal

    _hyperopt(anneal.suggest, *run)


def hyperopt_tpe(*run):
    from hyperopt import tpe

    _hyperopt(tpe.suggest, *run)


def _dual_annealing(local, problem, recorder, n, seed):
    from scipy import optimize

    bounds = [(0, 1)] * len(problem.parameters)
    while True:  # it may end before the budget is spent
        optimize.dual_annealing(
            lambda point: -recorder(problem.params(point)),
            bounds,
            maxfun=n,
            rng=seed,
            no_local_search=not local,
        )
        seed += 1000


def dual_annealing(*run):
    _dual_annealing(True, *run)


def dual_annealing_nols(*run):
    _dual_annealing(False, *run)


# Method: function, packages beyond this project's own.
PEERS = {
    "random": (random, ()),
    "optuna_tpe": (optuna_tpe, ("optuna",)),
    "optuna_tpe_mv": (optuna_tpe_mv, ("optuna",)),
    "optuna_gp": (optuna_gp, ("optuna", "torch")),
    "skopt_gp": (skopt_gp, ("scikit-optimize",)),
    "cmaes": (cmaes, ("cmaes",)),
    "hyperopt_anneal": (hyperopt_anneal, ("hyperopt",)),
    "hyperopt_tpe": (hyperopt_tpe, ("hyperopt",)),
    "dual_annealing": (dual_annealing, ()),
    "dual_annealing_nols": (dual_annealing_nols, ()),
}
