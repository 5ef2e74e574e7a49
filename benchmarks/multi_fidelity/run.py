"""Regret at the cost of so many full trainings, of methods that may train settings in part.

    python benchmarks/multi_fidelity/run.py --yahpo FOLDER
    python benchmarks/multi_fidelity/run.py --yahpo FOLDER --methods freeze_thaw asha --seeds 0 1
    python benchmarks/multi_fidelity/run.py --yahpo FOLDER --lie noise --budget 25

FOLDER is a clone of slds-lmu/yahpo_data; needs ``pip install onnxruntime`` and, for the peers,
optuna. Each run is one line of JSON in the output file, and runs that are there already are
skipped: repeat an interrupted call. At the end come the tables (also: ``analyse.py``). Regret is
0 for the best score known and 1 for the median of random search, of the setting that is best on
the highest rung that any has reached; before anything is read it is 1.

A line holds: task, method, seed, budget (full trainings), lie, trace (full trainings spent and the
true score of the recommended setting, each time it changes), n_read, n_settings, n_full (scores,
settings, full trainings), and cpu (seconds of all suggestions).
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["MKL_NUM_THREADS"] = "1"

import argparse
import json
import sys
import warnings
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
import analyse
from _tables import read
from methods import find
from tasks import Account, BudgetSpent, load

KEY = ("task", "method", "seed", "budget", "lie")


def play(task, label, seed, budget, lie):
    """Run a method on a task and return the line that is kept of it."""
    account = Account(task, budget, seed, lie)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            find(label)(account, task.problem.seed(seed))
    except BudgetSpent:
        pass
    return {
        "task": task.name,
        "method": label,
        "seed": seed,
        "budget": budget,
        "lie": lie,
        "trace": [(round(spent, 4), float(f"{score:.7g}")) for spent, score in account.trace],
        "n_read": account.n_read,
        "n_settings": account.n_settings,
        "n_full": account.n_full,
        "cpu": round(account.suggesting, 3),
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yahpo", metavar="FOLDER", required=True)
    parser.add_argument("--methods", nargs="+", default=["freeze_thaw", "bayes", "asha", "random"])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2, 3, 4])
    parser.add_argument("--budget", type=float, default=50.0, help="full trainings")
    parser.add_argument("--lie", choices=["noise", "sign"], help="what low rungs show instead")
    parser.add_argument("--only", nargs="+", default=["lcbench"], help="tasks with any of it")
    parser.add_argument("--out", default="multi_fidelity.jsonl", help="appended to")
    arguments = parser.parse_args()
    out = Path(arguments.out)
    done = {tuple(row[k] for k in KEY) for row in read([out])} if out.exists() else set()
    for seed in arguments.seeds:
        for task in load(arguments.yahpo, arguments.only):
            for label in arguments.methods:
                run = (task.name, label, seed, arguments.budget, arguments.lie)
                if run in done:
                    continue
                row = play(task, *run[1:])
                with out.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")
                regrets = " ".join(f"{r:.3f}" for r in analyse.regrets(row))
                print(
                    f"{task.name:16s} {label:14s} {seed} {regrets} {row['cpu']:.1f} s", flush=True
                )
    analyse.report(
        [
            row
            for row in read([out])
            if row["method"] in arguments.methods
            and (row["lie"], row["budget"]) == (arguments.lie, arguments.budget)
            and any(text in row["task"] for text in arguments.only)
        ]
    )


if __name__ == "__main__":
    main()
