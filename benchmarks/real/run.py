"""How good a setting searches find on problems as in tutorials: real fits, five folds, flat spaces.

    python benchmarks/real/run.py --methods bayes --half tuning --cache FOLDER --out FILE
    python benchmarks/real/run.py --methods 'five=bayes:{"n_initial_points": 5}' ... --no-default
    python benchmarks/real/report.py FILE benchmarks/results/runs/real.jsonl.gz --against optuna_gp

Methods are ours, ``bayes`` and ``annealing``, ``random`` as RandomizedSearchCV draws, and the peers
of ``efficiency/peers.py``, each as ``[label=]name[:{"option": value}]``; for ours, ``conditions``
is "auto" (those known for the estimator), null, or "branches" (the same as a list of dicts), and
``"learned": true`` adds the starts learned for the estimator, and ``"foresight": 15`` passes over
up to 15 settings for each suggestion that a look in advance shows to repeat all fold scores of
earlier ones. The estimator's own setting is tried
first, unless ``--no-default`` is given. Scores are kept in FOLDER, which several processes may
share, so no setting is fitted twice. Each run is one line of JSON in FILE. Existing runs are
skipped, so an interrupted call can be repeated.

A line holds: problem, method, seed, n, default (whether the estimator's setting came first), names
(of the parameters); of each setting settings (their values; "#2" is the choice at place 2), points
(in the unit cube), folds (None: failed), seconds (CPU of its fits, whenever they were made) and
spent (CPU of its suggestion); held: by budget the held-out score of the setting chosen until then;
cpu (of this run) and versions.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import contextlib
import json
import platform
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import methods
import numpy as np
from evaluations import Evaluations
from problems import load
from recorder import BudgetSpent, Recorder

import sktune
from sktune._search._inputs._starts import own_setting
from sktune.space import SearchSpace

BUDGETS = (10, 25, 50)
COMMON = ("numpy", "scipy", "scikit-learn", "xgboost", "lightgbm")


def play(problem, label, method, versions, seed, arguments):
    """Run a method on a problem and return its line of results."""
    start = time.process_time()
    space = SearchSpace.from_distributions(problem.space, None, "auto", problem.estimator)
    own = own_setting(problem.estimator, space) if arguments.default else []
    evaluations = Evaluations(problem, arguments.cache)
    recorder = Recorder(evaluations, arguments.n, own)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the peers warn of repeats and experimental parts
            method(problem, recorder, arguments.n, problem.seed(seed))
    except BudgetSpent:
        pass
    names = sorted(problem.space)
    points = space.transform([problem.decode(plain) for plain in recorder.plain])
    return {
        "problem": problem.name,
        "method": label,
        "seed": seed,
        "n": arguments.n,
        "default": arguments.default,
        "names": names,
        "settings": [[_short(plain.get(name)) for name in names] for plain in recorder.plain],
        "dimensions": [dimension.name for dimension in space.dimensions],
        "points": np.round(points, 4).tolist(),
        "folds": [[_short(s) for s in scores] for scores in recorder.read],
        "seconds": [float(f"{s:.3g}") for s in recorder.seconds],
        "spent": [float(f"{s:.3g}") for s in recorder.spent],
        "held": held_out(recorder, evaluations),
        "fitted": evaluations.n_fits,
        "cpu": round(time.process_time() - start, 3),
        "versions": versions,
    }


def versions_of(packages):
    """Versions, by name, of the installed packages: not every problem needs all of them."""
    found = {}
    for name in packages:
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


def held_out(recorder, evaluations):
    """Held-out score, by budget, of the setting that a search would return."""
    found = {}
    for budget in BUDGETS:
        if len(recorder.read) >= budget:
            place = recorder.chosen(budget)
            found[budget] = None
            if place is not None:
                found[budget] = _short(evaluations.held_out(recorder.plain[place]))
    return found


def _short(value):
    """A number rounded to the digits that matter for scores; None for nan."""
    if isinstance(value, bool | int) or not isinstance(value, float):
        return value
    return None if np.isnan(value) else float(f"{value:.8g}")


def key(row):
    """Key of a run, equal for runs that are the same."""
    return tuple(row[name] for name in ("problem", "method", "seed", "n", "default"))


def run(arguments, found):
    """Append the runs that the output file does not have yet."""
    out = Path(arguments.out)
    done = {key(json.loads(line)) for line in out.open()} if out.exists() else set()
    common = {"python": platform.python_version(), "sktune": sktune.__version__}
    for seed in arguments.seeds:
        for problem in load(arguments.half, arguments.problems):
            for label, method, packages in found:
                if (problem.name, label, seed, arguments.n, arguments.default) in done:
                    continue
                versions = common | versions_of((*COMMON, *packages))
                row = play(problem, label, method, versions, seed, arguments)
                with out.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")
                means = [np.mean(folds) for folds in row["folds"] if None not in folds]
                told = f"best {max(means, default=np.nan):10.5f}  held out {row['held']}"
                print(
                    f"{problem.name:20s} {label:16s} seed {seed}  {told}  "
                    f"fitted {row['fitted']}  cpu {row['cpu']:.1f} s",
                    flush=True,
                )


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--methods", nargs="+", default=["bayes", "random"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--n", type=int, default=50, help="settings of each run")
    parser.add_argument("--half", choices=["tuning", "judging", "all"], default="tuning")
    parser.add_argument("--problems", nargs="+", default=(), help="only these")
    parser.add_argument(
        "--no-default",
        dest="default",
        action="store_false",
        help="do not try the estimator's own setting first",
    )
    parser.add_argument("--cache", default="real-cache", help="folder of the evaluations")
    parser.add_argument("--out", default="real.jsonl", help="appended to")
    return parser.parse_args()


def main():
    arguments = parse()
    run(arguments, [methods.find(spec) for spec in arguments.methods])
    print(f"CPU in all: {time.process_time():.0f} s")


if __name__ == "__main__":
    main()
