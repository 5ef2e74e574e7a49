"""Ready spaces: ``"auto"`` against the unchanged estimator and against a tutorial's space.

    python benchmarks/auto.py --seeds 0 1 --half all --out auto.jsonl
    python benchmarks/auto.py --seeds 0 --splits 1 2 3 --half all --without-written --out auto.jsonl
    python benchmarks/auto.py --report auto.jsonl

The problems are those of ``real/``: their data, folds, scoring and held-out rows. For each that has
a ready space, three models are scored on the held-out rows: the unchanged estimator, and the best
of 30 settings (``BayesSearchCV``) of ``"auto"`` and of the problem's own space. The difference of
two models has an error, the standard deviation over resamples of the held-out rows. Seeds of a
problem share its rows and folds; each further split has others. Each run is one line of JSON;
existing runs are skipped.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
import warnings
from itertools import product
from pathlib import Path

import numpy as np
from sklearn.base import clone
from sklearn.metrics import check_scoring

from sktune import BayesSearchCV, best_by_model
from sktune.exceptions import InvalidSpaceError
from sktune.space import suggest_space

sys.path.append(str(Path(__file__).parent / "real"))
from problems import load

N_ITER = 30
N_RESAMPLES = 50


def searched(problem, space, seed):
    """A search of 30 settings, refitted with the best of them to all rows for training."""
    X, _, y, _ = problem.data
    search = BayesSearchCV(
        problem.estimator,
        space,
        n_iter=N_ITER,
        scoring=problem.scoring,
        cv=problem.folds,
        refit=Winners(),
        random_state=problem.seed(seed),
    )
    return search.fit(X, y)


class Winners:
    """The winner of ``refit=True``, which also notes that of ``refit=best_by_model``."""

    def __call__(self, cv_results):
        """Index of the setting to refit with."""
        self.by_model = best_by_model(cv_results)
        return int(np.nanargmax(cv_results["mean_test_score"]))


def hindsight(problem, search):
    """Held-out scores of the best setting on these rows, and of the one that the model prefers."""
    held = [problem.held_out_score(params) for params in search.cv_results_["params"]]
    return {"hindsight": float(np.nanmax(held)), "by_model": held[search.refit.by_model]}


def scores(problem, model, rng):
    """Held-out score, and those on resamples, shape (n_resamples,)."""
    _, X, _, y = problem.data
    scorer = check_scoring(model, problem.scoring)
    found = []
    for rows in [np.arange(len(y)), *rng.integers(len(y), size=(N_RESAMPLES, len(y)))]:
        part = X.iloc[rows] if hasattr(X, "iloc") else X[rows]
        found.append(scorer(model, part, np.asarray(y)[rows]))
    return found[0], np.array(found[1:])


def play(problem, seed, has_written, has_hindsight):
    """One line: scores and differences to "auto", each with its error."""
    X, _, y, _ = problem.data
    start = time.process_time()
    auto = searched(problem, "auto", seed)
    models = {"default": clone(problem.estimator).fit(X, y), "auto": auto.best_estimator_}
    if has_written:
        models["written"] = searched(problem, problem.space, seed).best_estimator_
    row = {"problem": problem.name, "half": problem.half, "split": problem.split, "seed": seed}
    found = {
        name: scores(problem, model, np.random.default_rng(seed)) for name, model in models.items()
    }
    for name in models:
        row[name] = found[name][0]
        row[f"error_{name}"] = float(np.std(found["auto"][1] - found[name][1]))
    if has_hindsight:
        row |= hindsight(problem, auto)
    return row | {"cpu": round(time.process_time() - start, 1)}


def run(arguments):
    """Append the runs that the file does not have yet."""
    out = Path(arguments.out)
    done = {(row["problem"], row["split"], row["seed"]) for row in read(out)}
    for split, seed in product(arguments.splits, arguments.seeds):
        for problem in load(arguments.half, arguments.problems, split):
            if (problem.name, split, seed) in done:
                continue
            with warnings.catch_warnings(), np.errstate(all="ignore"):
                warnings.simplefilter("ignore")
                try:
                    suggest_space(problem.estimator)
                except InvalidSpaceError:
                    continue
                row = play(problem, seed, not arguments.without_written, arguments.hindsight)
            with out.open("a") as lines:
                lines.write(json.dumps(row) + "\n")
            print(
                "{problem:22s} split {split} seed {seed}  default {default:9.4f}  "
                "auto {auto:9.4f}  cpu {cpu}".format(**row),
                flush=True,
            )


def read(path):
    """The rows of a file, those of the problems' own split among them; none without the file."""
    lines = path.read_text().splitlines() if path.exists() else []
    return [{"split": 0} | json.loads(line) for line in lines]


def report(path):
    """Tables of differences and counts, for the problems' own splits and for others."""
    rows = read(Path(path))
    for title, is_own in (("The problems' own split", True), ("Other splits", False)):
        chosen = [row for row in rows if (row["split"] == 0) == is_own]
        if not chosen:
            continue
        print(
            f"\n### {title}\n\n| problem | half | runs | auto - default | error | better |", end=""
        )
        print(" auto - written | error |\n|---|---|---|---|---|---|---|---|")
        for name in dict.fromkeys(row["problem"] for row in chosen):
            own = [row for row in chosen if row["problem"] == name]
            gain, error, n_better, _ = compared(own, "default")
            written = compared([row for row in own if "written" in row], "written")
            cells = [f"{gain:.4f}", f"{error:.4f}", f"{n_better}"]
            cells += ["", ""] if written is None else [f"{written[0]:.4f}", f"{written[1]:.4f}"]
            print(f"| {name} | {own[0]['half']} | {len(own)} | {' | '.join(cells)} |")
        print()
        for half, other in product(("tuning", "judging"), ("default", "written")):
            own = [row for row in chosen if row["half"] == half and other in row]
            if own:
                _, _, n_better, n_equal = compared(own, other)
                print(
                    f"- {half}, against {other}: better in {n_better} of {len(own)} runs, equal in "
                    f"{n_equal}; mean gain {in_errors(own, other).mean():.2f} errors, worse by "
                    f"more than the error in {(in_errors(own, other) < -1).sum()}"
                )
        told_in_hindsight(chosen)


def told_in_hindsight(rows):
    """What the best choice of a setting would have given, and that of the model."""
    rows = [row for row in rows if "hindsight" in row]
    if rows:
        gains = np.array([row["hindsight"] - row["default"] for row in rows])
        is_clear = gains > [row["error_default"] for row in rows]
        by_model = np.array([row["by_model"] - row["auto"] for row in rows])
        print(
            f"- of {len(rows)} runs, one of the settings is better held out than the default in "
            f"{(gains > 0).sum()}, by more than the error in {is_clear.sum()}; the winner by the "
            f"model is better than the best mean in {(by_model > 0).sum()}, worse in "
            f"{(by_model < 0).sum()}"
        )


def compared(rows, other):
    """Mean gain and error, and how many runs are better and equal; None without rows."""
    if not rows:
        return None
    gains = np.array([row["auto"] - row[other] for row in rows])
    error = np.mean([row[f"error_{other}"] for row in rows])
    return gains.mean(), error, int((gains > 0).sum()), int((gains == 0).sum())


def in_errors(rows, other):
    """Gains in units of their errors, shape (n_runs,)."""
    return np.array([(r["auto"] - r[other]) / max(r[f"error_{other}"], 1e-12) for r in rows])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1])
    parser.add_argument("--splits", nargs="+", type=int, default=[0], help="0: the problem's own")
    parser.add_argument("--without-written", action="store_true", help='"auto" and default only')
    parser.add_argument("--hindsight", action="store_true", help="score all settings held out")
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
