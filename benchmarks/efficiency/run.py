"""Sample efficiency: how good a setting searches find in 10 to 100 fits of public problems.

    python benchmarks/efficiency/run.py                    # ours and random, and the tables
    python benchmarks/efficiency/run.py --yahpo FOLDER     # on all 25 problems
    python benchmarks/efficiency/run.py --methods bayes optuna_gp --seeds 0 1 2 --n 50 --noisy
    python benchmarks/efficiency/run.py --methods 'racing=bayes:{"racing": true}' --noisy

The four problems of scikit-learn's data come with the project; 21 deep networks, XGBoosts, trees
and linear models need ``pip install onnxruntime`` and FOLDER, a clone of slds-lmu/yahpo_data.

Methods are the names in ``peers.py`` and our searches, ``bayes`` and ``annealing``, as
``[label=]name[:{"option": value}]``. Each run is one line of JSON in the output file. Existing
runs are skipped, so an interrupted call can be repeated. At the end come the tables, with the
stored runs of the peers and the new ones. Times are CPU seconds of this process.

A line holds: task (the problem's name), method, seed, n, noisy, evals (settings that were read),
cpu, inc (true score of the best after each setting), y (true score of each), spent (CPU seconds
before each), versions, and mixed: whether the seed was mixed with the problem's name. It is,
unless ``--plain-seeds`` is given, so that no two problems share their random points.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import json
import platform
import re
import time
import warnings
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import analyse
from peers import PEERS
from problems import load
from recorder import BudgetSpent, Recorder

OURS = ("bayes", "annealing")
SPEC = re.compile(r"(?:(?P<label>[\w.-]+)=)?(?P<name>\w+)(?::(?P<options>\{.*\}))?")


def find(spec):
    """Label, function and versions of a method; ends the program if it is not available."""
    match = SPEC.fullmatch(spec)
    name = match["name"] if match else spec
    if name not in OURS and name not in PEERS:
        raise SystemExit(f"no method {name!r}; there are: {', '.join([*OURS, *PEERS])}")
    if name in PEERS:
        method, packages = PEERS[name]
        if match["options"]:
            raise SystemExit(f"{name} takes no options, got {match['options']}")
    else:
        import searches  # here, so that peers can run without sktune

        method, packages = searches.make_method(name, json.loads(match["options"] or "{}")), ()
    versions = {"python": platform.python_version()}
    for package in ("numpy", "scipy", "scikit-learn", *packages):
        versions[package] = version_of(package, name)
    if name in OURS:
        versions["sktune"] = searches.sktune.__version__
    return match["label"] or spec, method, versions


def version_of(package, method):
    try:
        return version(package)
    except PackageNotFoundError:
        raise SystemExit(f"{method} needs {package}: pip install {package}") from None


def play(problem, label, method, versions, seed, arguments):
    """Run a method on a problem and return its line of results."""
    n, noisy, is_mixed = arguments.n, arguments.noisy, not arguments.plain_seeds
    recorder, start = Recorder(problem, n, noisy, seed), time.process_time()
    own_seed = problem.seed(seed) if is_mixed else seed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the peers warn of repeats and experimental parts
            method(problem, recorder, n, own_seed)
    except BudgetSpent:
        pass
    return {
        "task": problem.name,
        "method": label,
        "seed": seed,
        "n": n,
        "noisy": noisy,
        "evals": len(recorder.true),
        "cpu": round(time.process_time() - start, 3),
        "inc": [float(f"{value:.7g}") for value in recorder.incumbents()],
        "y": [float(f"{value:.7g}") for value in recorder.true],
        "spent": [float(f"{value:.3g}") for value in recorder.spent],
        "versions": versions,
        "mixed": is_mixed,
    }


def key(row):
    """Key of a run, equal for runs that are the same."""
    return tuple(row[name] for name in ("task", "method", "seed", "n", "noisy", "mixed"))


def run(arguments, problems, methods):
    """Append the runs that the output file does not have yet."""
    out = Path(arguments.out)
    done = {key(row) for row in analyse.read([out])} if out.exists() else set()
    for seed in arguments.seeds:
        for problem in problems:
            for label, method, versions in methods:
                run_of = problem.name, label, seed, arguments.n, arguments.noisy
                if (*run_of, not arguments.plain_seeds) in done:
                    continue
                row = play(problem, label, method, versions, seed, arguments)
                with out.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")
                found = f"seed {seed}  {row['inc'][-1]:10.5f}  cpu {row['cpu']:7.2f} s"
                print(f"{problem.name:22s} {label:22s} {found}", flush=True)


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--methods", nargs="+", default=[*OURS, "random"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--n", type=int, default=50, help="settings of each run")
    parser.add_argument("--noisy", action="store_true", help="five noisy folds of each setting")
    parser.add_argument("--plain-seeds", action="store_true", help="not mixed with the name")
    parser.add_argument("--yahpo", metavar="FOLDER", help="a clone of slds-lmu/yahpo_data")
    parser.add_argument("--only", nargs="+", default=[""], help="problems whose name has any of it")
    parser.add_argument("--out", default="efficiency.jsonl", help="appended to")
    return parser.parse_args()


def main():
    arguments = parse()
    if arguments.yahpo:
        version_of("onnxruntime", "--yahpo")
    problems = [p for p in load(arguments.yahpo) if any(part in p.name for part in arguments.only)]
    methods = [find(spec) for spec in arguments.methods]
    run(arguments, problems, methods)
    names, labels = {problem.name for problem in problems}, {label for label, *_ in methods}
    rows = [row for row in analyse.read([arguments.out]) if row["method"] in labels]
    rows += [row for row in analyse.read([analyse.KEPT]) if row["method"] not in labels]
    analyse.report(
        [row for row in rows if row["task"] in names and row["noisy"] == arguments.noisy]
    )


if __name__ == "__main__":
    main()
