"""Ready spaces: ``"auto"`` against the unchanged estimator and against a tutorial's space.

    python benchmarks/auto.py --seeds 0 1 --half all --out auto.jsonl
    python benchmarks/auto.py --report auto.jsonl

The problems are those of ``real/``: their data, folds, scoring and held-out rows. For each that has
a ready space, three models are scored on the held-out rows: the unchanged estimator, and the best
of 30 settings (``BayesSearchCV``) of ``"auto"`` and of the problem's own space. The difference of
two models has an error, the standard deviation over resamples of the held-out rows. Each run is one
line of JSON; existing runs are skipped.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.metrics import check_scoring

from sktune import BayesSearchCV
from sktune.exceptions import InvalidSpaceError
from sktune.space import suggest_space

sys.path.append(str(Path(__file__).parent / "real"))
from problems import load

N_ITER = 30
N_RESAMPLES = 50


def fitted(problem, space, seed):
    """The estimator with the best of 30 settings, fitted to all rows for training."""
    X, _, y, _ = problem.data
    search = BayesSearchCV(
        problem.estimator,
        space,
        n_iter=N_ITER,
        scoring=problem.scoring,
        cv=problem.folds,
        random_state=problem.seed(seed),
    )
    return search.fit(X, y).best_estimator_


def scores(problem, model, rng):
    """Held-out score, and those on resamples, shape (n_resamples,)."""
    _, X, _, y = problem.data
    scorer = check_scoring(model, problem.scoring)
    found = []
    for rows in [np.arange(len(y)), *rng.integers(len(y), size=(N_RESAMPLES, len(y)))]:
        part = X.iloc[rows] if hasattr(X, "iloc") else X[rows]
        found.append(scorer(model, part, np.asarray(y)[rows]))
    return found[0], np.array(found[1:])


def play(problem, seed):
    """One line: scores and differences to "auto", each with its error."""
    X, _, y, _ = problem.data
    start = time.process_time()
    models = {
        "default": clone(problem.estimator).fit(X, y),
        "auto": fitted(problem, "auto", seed),
        "written": fitted(problem, problem.space, seed),
    }
    row = {"problem": problem.name, "half": problem.half, "seed": seed}
    found = {
        name: scores(problem, model, np.random.default_rng(seed)) for name, model in models.items()
    }
    for name in models:
        row[name] = found[name][0]
        row[f"error_{name}"] = float(np.std(found["auto"][1] - found[name][1]))
    return row | {"cpu": round(time.process_time() - start, 1)}


def run(arguments):
    """Append the runs that the file does not have yet."""
    out = Path(arguments.out)
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    done = {(row["problem"], row["seed"]) for row in rows}
    for seed in arguments.seeds:
        for problem in load(arguments.half, arguments.problems):
            if (problem.name, seed) in done:
                continue
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                try:
                    suggest_space(problem.estimator)
                except InvalidSpaceError:
                    continue
                row = play(problem, seed)
            with out.open("a") as lines:
                lines.write(json.dumps(row) + "\n")
            print(
                "{problem:22s} seed {seed}  default {default:9.4f}  auto {auto:9.4f}  "
                "written {written:9.4f}  cpu {cpu}".format(**row),
                flush=True,
            )


def report(path):
    """Tables of differences in units of their errors, and the counts."""
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    print("| problem | half | auto - default | error | auto - written | error |")
    print("|---|---|---|---|---|---|")
    for name in dict.fromkeys(row["problem"] for row in rows):
        own = [row for row in rows if row["problem"] == name]
        cells = []
        for other in ("default", "written"):
            gain = np.mean([row["auto"] - row[other] for row in own])
            error = np.mean([row[f"error_{other}"] for row in own])
            cells += [f"{gain:.4f}", f"{error:.4f}"]
        print(f"| {name} | {own[0]['half']} | {' | '.join(cells)} |")
    for half in ("tuning", "judging"):
        own = [row for row in rows if row["half"] == half]
        for other in ("default", "written") if own else ():
            gains = np.array([row["auto"] - row[other] for row in own])
            errors = np.array([max(row[f"error_{other}"], 1e-12) for row in own])
            better, equal = int((gains > 0).sum()), int((gains == 0).sum())
            print(
                f"{half}, against {other}: better in {better} of {len(own)} runs, equal in "
                f"{equal}; mean gain {np.mean(gains / errors):.2f} errors"
            )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--half", choices=["tuning", "judging", "all"], default="all")
    parser.add_argument("--problems", nargs="+", default=())
    parser.add_argument("--out", default="auto.jsonl", help="appended to")
    parser.add_argument("--report", help="print the report of this file, without running anything")
    arguments = parser.parse_args()
    if arguments.report:
        report(arguments.report)
    else:
        run(arguments)


if __name__ == "__main__":
    main()
