"""CPU time of a suggestion by a model: ours, Optuna's GPSampler and scikit-optimize, side by side.

Ten parameters, six of them floats, two on a log scale, and two integers. Each contender is told
random settings and their scores, the number given in its row, then suggests in turn with the
others; a suggestion and its tell are timed together, on one BLAS thread. The first suggestion of
each is not counted: it has no earlier fit to start from, which never happens in a search. Bars:
ours at 100 at most a fifteenth of GPSampler's at 100, at 300 at most a fiftieth of
scikit-optimize's at 300, at 1,000 at most 5 times and at 5,000 at most 10 times ours at 100.

    pip install optuna torch scikit-optimize
    python benchmarks/cost/overhead.py [--n-suggestions 10] [--only-ours]

The table goes to standard output, in markdown (results/overhead.md).
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import platform
import time
import warnings
from importlib.metadata import PackageNotFoundError, version

import numpy as np
from scipy.stats import loguniform, randint, uniform

import sktune
from sktune._records import Observation
from sktune.optimizers import BayesOptimizer
from sktune.space import SearchSpace

# Name: low, high, kind.
PARAMETERS = {
    **{f"x{i}": (0.0, 1.0, "float") for i in range(6)},
    **{f"l{i}": (1e-4, 1e2, "log") for i in range(2)},
    **{f"n{i}": (1, 50, "int") for i in range(2)},
}
NOISE = 0.01
PACKAGES = ("sktune", "optuna", "torch", "scikit-optimize", "numpy", "scipy", "scikit-learn")


def unit(params):
    """The setting in the unit cube, shape (10,)."""
    coordinates = []
    for name, (low, high, kind) in PARAMETERS.items():
        value = params[name]
        if kind == "log":
            low, high, value = np.log(low), np.log(high), np.log(value)
        coordinates.append((value - low) / (high - low))
    return np.array(coordinates)


def objective(seed):
    """A smooth score with one maximum, a little noise, and parameters that matter unequally."""
    rng = np.random.default_rng(seed)
    weights = 0.7 ** np.arange(len(PARAMETERS))

    def score(params):
        height = -np.sum(weights * (unit(params) - 0.3) ** 2)
        return float(height + NOISE * rng.standard_normal())

    return score


def our_space():
    make = {
        "float": lambda low, high: uniform(low, high - low),
        "log": loguniform,
        "int": lambda low, high: randint(low, high + 1),
    }
    return SearchSpace.from_distributions(
        {name: make[kind](low, high) for name, (low, high, kind) in PARAMETERS.items()}
    )


def history(n_told, seed):
    """Random settings in the unit cube and as parameters: (n_told, 10) and a list of dicts."""
    space = our_space()
    points = space.sample(n_told, np.random.default_rng(seed))
    return points, space.inverse_transform(points)


def ours(n_told, seed=0):
    """Return a function that suggests a setting and is told its score."""
    optimizer, score = BayesOptimizer(our_space(), seed=seed), objective(seed)

    def tell(candidate):
        scores = {"score": np.array([score(candidate.params)])}
        optimizer.tell(Observation(candidate, scores, "complete"))

    for place, (point, params) in enumerate(zip(*history(n_told, seed), strict=True)):
        tell(optimizer.adopt(place, point, "random", params))

    def suggest():
        tell(optimizer.ask())

    return suggest


def optuna_gp(n_told, seed=0):
    """The same for Optuna's GPSampler, told that scores have no noise."""
    import optuna
    import torch

    torch.set_num_threads(1)
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    kinds = optuna.distributions.FloatDistribution, optuna.distributions.IntDistribution
    distributions = {
        name: kinds[kind == "int"](low, high, log=kind == "log")
        for name, (low, high, kind) in PARAMETERS.items()
    }
    sampler = optuna.samplers.GPSampler(seed=seed, deterministic_objective=True)
    study, score = optuna.create_study(direction="maximize", sampler=sampler), objective(seed)
    study.add_trials(
        optuna.trial.create_trial(params=params, distributions=distributions, value=score(params))
        for params in history(n_told, seed)[1]
    )

    def suggest():
        trial = study.ask(distributions)
        study.tell(trial, score(trial.params))

    return suggest


def skopt_gp(n_told, seed=0):
    """The same for scikit-optimize."""
    from skopt import Optimizer
    from skopt.space import Integer, Real

    dimensions = [
        Integer(low, high, name=name)
        if kind == "int"
        else Real(low, high, prior="log-uniform" if kind == "log" else "uniform", name=name)
        for name, (low, high, kind) in PARAMETERS.items()
    ]
    optimizer, score = Optimizer(dimensions, "GP", random_state=seed), objective(seed)
    settings = history(n_told, seed)[1]
    lists = [[params[name] for name in PARAMETERS] for params in settings]
    optimizer.tell(lists, [-score(params) for params in settings])

    def suggest():
        values = optimizer.ask()
        optimizer.tell(values, -score(dict(zip(PARAMETERS, values, strict=True))))

    return suggest


# Row: maker, settings told before, share of --n-suggestions, (row, most times its cost).
ROWS = {
    "ours, 100": (ours, 100, 1.0, None),
    "ours, 300": (ours, 300, 1.0, None),
    "ours, 1,000": (ours, 1000, 1.0, ("ours, 100", 5.0)),
    "ours, 5,000": (ours, 5000, 1.0, ("ours, 100", 10.0)),
    "Optuna GPSampler, 100": (optuna_gp, 100, 1.0, ("ours, 100", 1 / 15)),
    "scikit-optimize, 300": (skopt_gp, 300, 0.3, ("ours, 300", 1 / 50)),
}


def cpu_of(call):
    start = time.process_time()
    call()
    return time.process_time() - start


def measure(rows, n_suggestions):
    """CPU seconds of each suggestion by row, one suggestion of each row in turn."""
    suggest, spent = {}, {name: [] for name in rows}
    for name in rows:
        make, n_told = ROWS[name][:2]
        suggest[name] = make(n_told)
        suggest[name]()
    for turn in range(n_suggestions):
        for name in rows:
            if turn < max(2, ROWS[name][2] * n_suggestions):
                spent[name].append(cpu_of(suggest[name]))
    return spent


def installed(package):
    try:
        return version(package)
    except PackageNotFoundError:
        return sktune.__version__ if package == "sktune" else "none"


def comparison(name, means):
    """The comparison of a row with its bar, and whether the bar is met."""
    if ROWS[name][3] is None:
        return "", ""
    other, bar = ROWS[name][3]
    if bar >= 1:
        ratio = means[name] / means[other]
        return f"{ratio:.1f} times {other}", f"at most {bar:g}: {'met' if ratio <= bar else 'not'}"
    ratio = means[name] / means[other]
    met = "met" if ratio >= 1 / bar else "not"
    return f"{ratio:.0f} times {other}", f"at least {1 / bar:g}: {met}"


def report(spent):
    means = {name: float(np.mean(times)) for name, times in spent.items()}
    print("Versions: " + ", ".join(f"{p} {installed(p)}" for p in PACKAGES), end="")
    print(f"; Python {platform.python_version()}, {platform.machine()}, one thread\n")
    print("| contender, settings told | ms a suggestion | lowest to highest | mean is | bar |")
    print("|---|---|---|---|---|")
    for name, times in spent.items():
        low, high = 1e3 * min(times), 1e3 * max(times)
        cells = (f"{1e3 * means[name]:.1f}", f"{low:.1f} to {high:.1f} ({len(times)})")
        print(f"| {name} | " + " | ".join(cells + comparison(name, means)) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-suggestions", type=int, default=10, help="timed, of each row")
    parser.add_argument("--only-ours", action="store_true", help="leave the peers out")
    arguments = parser.parse_args()
    rows = [name for name, row in ROWS.items() if row[0] is ours or not arguments.only_ours]
    warnings.simplefilter("ignore")  # the peers warn of experimental parts
    report(measure(rows, arguments.n_suggestions))


if __name__ == "__main__":
    main()
