"""Where should the reference point lie? Four rules on the tasks of ``run.py``, by three measures.

    python benchmarks/pareto/reference.py --yahpo FOLDER     # run what is missing, then the table
    python benchmarks/pareto/reference.py                    # the table of the kept runs

A lower value is better in each measure. A rule would take the place of the present one if it were
ahead by more than two standard errors, paired by task, on all three.
"""

import os

os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import run

sys.path.insert(0, str(Path(__file__).parent.parent))

from _tables import mean, read, table
from tasks import TASKS, TimedProblem, is_isolated

from sktune.optimizers._models import _trade_off

RESULTS = Path(__file__).parents[1] / "results" / "runs" / "pareto-reference.jsonl"

MEASURES = ("from the 10 % quantiles", "from the nadir", "time limited")

present = _trade_off.reference_point


def _span(points):
    return np.maximum(np.ptp(points, axis=0), 1e-6)


RULES = {
    "front and 25 % quantile": present,
    "front": lambda means, front: front.min(axis=0) - 0.1 * _span(front),
    "worst": lambda means, front: means.min(axis=0) - 0.1 * _span(means),
    "10 % quantile": lambda means, front: np.quantile(means, 0.1, axis=0),
}


def measures(line):
    """The three measures of a run after all of its settings."""
    return [line["regret"][-1], *line["others"][str(line["n"])]]


def report(lines):
    runs = {(line["rule"], line["task"], line["seed"]): measures(line) for line in lines}
    rules = [rule for rule in RULES if any(key[0] == rule for key in runs)]
    keys = sorted(set.intersection(*({k[1:] for k in runs if k[0] == rule} for rule in rules)))
    names = sorted({task for task, _ in keys if not is_isolated(task)})

    def values(rule, k):
        return [[runs[rule, *key][k] for key in keys if key[0] == name] for name in names]

    rows = []
    for rule in rules:
        cells = []
        for k in range(len(MEASURES)):
            ours, theirs = (np.mean(values(r, k), axis=1) for r in (rules[0], rule))
            less = theirs - ours
            error = less.std(ddof=1) / np.sqrt(len(less))
            told = "" if rule == rules[0] else f" ({less.mean():+.3f} +- {error:.3f})"
            cells.append(f"{mean(values(rule, k)):.3f}{told}")
        rows.append([rule, *cells])
    seeds = sorted({seed for _, seed in keys})
    title = f"Rules for the reference point: {len(names)} tasks, seeds {seeds}, less the first"
    table(title, ["reference", *MEASURES], rows)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--yahpo", help="folder of YAHPO Gym's data")
    parser.add_argument("--rules", nargs="+", default=list(RULES), choices=RULES)
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS, metavar="TASK")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--n", type=int, default=50)
    parser.add_argument("--out", type=Path, default=RESULTS)
    arguments = parser.parse_args()
    lines = read([arguments.out]) if arguments.out.exists() else []
    done = {(line["rule"], line["task"], line["seed"]) for line in lines}
    for seed in arguments.seeds if arguments.yahpo else ():
        for name in arguments.tasks:
            problem = TimedProblem(name, arguments.yahpo)
            for rule in arguments.rules:
                if is_isolated(name) or (rule, name, seed) in done:
                    continue
                _trade_off.reference_point = RULES[rule]
                line = {"rule": rule} | run.play(problem, "pareto", arguments.n, seed)
                lines.append(line)
                with arguments.out.open("a") as out:
                    out.write(json.dumps(line) + "\n")
    report(lines)


if __name__ == "__main__":
    main()
