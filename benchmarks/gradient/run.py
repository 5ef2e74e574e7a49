"""Are parts worth a penalty of their own, and a slope worth its price?

    python benchmarks/gradient/run.py run --splits 0 1 2 3 4 --out gradient.jsonl
    python benchmarks/gradient/run.py report gradient.jsonl

Half of the rows are searched with five folds, on the other half the best setting is judged: log
loss or squared error. Methods: one penalty, and a penalty for each part (``GradientSearchCV``, at
most 25 calls), with the check of the parts and without it; the same with 40 shuffled columns
added; ``BayesSearchCV`` with as many calls as the search without the check; ``random`` and
``optuna_gp`` for as many CPU seconds as the search with the check took, and so ``himalaya`` where
the model is ridge regression. Each run is one line of JSON; runs that are there already are
skipped.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import time
import warnings
from collections import defaultdict
from pathlib import Path

import numpy as np
from equal_time import PEERS, search_for
from group_ridge import search_group_ridge
from problems import WITH_FACTORS, WITH_NUMBERS, read_problem
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.metrics import log_loss, mean_squared_error
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split

from sktune import BayesSearchCV, GradientSearchCV
from sktune.space import PartWeights, SearchSpace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _halves import HALVES, half

N_CALLS = 25
# One block, or the five of the study that the bars were set on.
N_SHUFFLED = 40, 200
KINDS = {"numbers": WITH_NUMBERS, "factors": WITH_FACTORS}


def problem(estimator, split):
    """Spaces of one penalty and of parts, and what all searches are given."""
    is_binary = hasattr(estimator, "predict_proba")
    kind = StratifiedKFold if is_binary else KFold
    cv = kind(5, shuffle=True, random_state=split)
    scoring = "neg_log_loss" if is_binary else "neg_mean_squared_error"
    one = (
        {"model__C": loguniform(1e-4, 1e4)}
        if is_binary
        else {"model__alpha": loguniform(1e-3, 1e5)}
    )
    parts = {**one, "parts__transformer_weights": PartWeights()}
    return one, parts, {"cv": cv, "scoring": scoring, "error_score": "raise"}


def searches(estimator, split):
    """The methods, by name, each as a function of the calls that another one took."""
    one, parts, common = problem(estimator, split)

    def by_gradient(space, **options):
        return lambda n: GradientSearchCV(estimator, space, n_iter=N_CALLS, **common, **options)

    return {
        "one": by_gradient(one),
        "parts": by_gradient(parts),
        "bayes": lambda n: BayesSearchCV(estimator, parts, n_iter=n, random_state=split, **common),
    }


def held_out(search, X, y):
    if hasattr(search, "predict_proba"):
        return log_loss(y, search.predict_proba(X))
    return mean_squared_error(y, search.predict(X))


def run_one(name, split, n_shuffled, methods):
    X, y, estimator = read_problem(name, n_shuffled)
    is_binary = hasattr(estimator, "predict_proba")
    halves = train_test_split(
        X, y, test_size=0.5, random_state=split, stratify=y if is_binary else None
    )
    X_search, X_judge, y_search, y_judge = halves
    found, n_calls = {}, N_CALLS
    for name, new_search in searches(estimator, split).items():
        if name not in methods:
            continue
        start = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            search = new_search(n_calls).fit(X_search, y_search)
        folds = -search.cv_results_["mean_test_score"]
        best = np.minimum.accumulate(folds)
        found[name] = {
            "held_out": held_out(search, X_judge, y_judge),
            "fold": float(best[-1]),
            "n_calls": len(folds),
            "n_to_end": int(np.argmax(best <= best[-1] * 1.001)) + 1,
            "seconds": time.process_time() - start,
            "n_effective": getattr(search, "n_effective_", None),
        }
        if name == "parts":
            found[name]["left_out"] = {
                k: v.tolist() for k, v in (search.held_out_losses_ or {}).items()
            }
            n_calls = len(folds)
            lowest = search.cv_results_["params"][int(np.argmin(folds))]
            free = clone(estimator).set_params(**lowest).fit(X_search, y_search)
            found["parts unchecked"] = {**found[name], "held_out": held_out(free, X_judge, y_judge)}
    for name in methods:
        if name in PEERS or (name == "himalaya" and not is_binary):
            seconds = found["parts"]["seconds"]
            found[name] = at_equal_time(name, seconds, estimator, halves, split)
    return found


def at_equal_time(name, seconds, estimator, halves, split):
    """What a peer finds in so many CPU seconds."""
    X_search, X_judge, y_search, y_judge = halves
    data = X_search, y_search
    _, space, common = problem(estimator, split)
    if name == "himalaya":
        found = search_group_ridge(seconds, estimator, *data, split, **common)
    else:
        space = SearchSpace.from_distributions(space, None, "auto", estimator)
        found = search_for(seconds, name, estimator, space, *data, split, **common)
    params, score, n_tried = found
    best = clone(estimator).set_params(**params).fit(*data)
    return {"held_out": held_out(best, X_judge, y_judge), "fold": -score, "n_calls": n_tried}


def run(options):
    out = Path(options.out)
    lines = out.read_text().splitlines() if out.exists() else []
    done = {tuple(json.loads(line)["key"]) for line in lines}
    for split in options.splits:
        for name in options.only or KINDS[options.kind]:
            for n_shuffled in options.shuffled:
                key = (name, split, n_shuffled)
                if key in done:
                    continue
                found = run_one(name, split, n_shuffled, options.methods)
                with out.open("a") as file:
                    file.write(json.dumps({"key": key, "found": found}) + "\n")
                print(key, {name: round(f["held_out"], 4) for name, f in found.items()}, flush=True)


def gains(found):
    """Gain over one penalty in percent, of each split: with the check, and without it."""
    one, parts, free = (
        np.array([f[method]["held_out"] for f in found])
        for method in ("one", "parts", "parts unchecked")
    )
    return 100 * (1 - parts / one), 100 * (1 - free / one)


def report(options):
    rows = [json.loads(line) for line in Path(options.out).read_text().splitlines()]
    by_set = defaultdict(list)
    for row in rows:
        name, _, n_shuffled = row["key"]
        by_set[name, n_shuffled].append(row["found"])
    print("| data | splits | one | parts | gain % | unchecked % | parts taken | calls | to 0.1 % |")
    print("|---|---|---|---|---|---|---|---|---|")
    for (name, n_shuffled), found in sorted(by_set.items(), key=lambda item: item[0][::-1]):
        checked, free = gains(found)
        one, parts = (np.mean([f[m]["held_out"] for f in found]) for m in ("one", "parts"))
        taken = sum(f["parts"]["n_effective"] > 1 for f in found)
        calls, ends = (
            np.mean([f["parts unchecked"][key] for f in found]) for key in ("n_calls", "n_to_end")
        )
        shown = f"{name}, {n_shuffled} shuffled" if n_shuffled else name
        error = checked.std(ddof=1) / len(found) ** 0.5 if len(found) > 1 else np.nan
        print(
            f"| {shown} | {len(found)} | {one:.4g} | {parts:.4g} | "
            f"{checked.mean():.1f} +- {error:.1f} | {free.mean():.1f} | {taken} | "
            f"{calls:.1f} | {ends:.1f} |"
        )
    for n_shuffled in sorted({key[1] for key in by_set}):
        chosen = {key[0]: gains(found) for key, found in by_set.items() if key[1] == n_shuffled}
        for which in HALVES:
            of_half = [found for name, found in chosen.items() if half(name) == which]
            if of_half:
                summarise(f"{n_shuffled} shuffled, {which} half", of_half)
        summarise(f"{n_shuffled} shuffled, all", list(chosen.values()))
    compare_at_equal_cost([f for found in by_set.values() for f in found])


def summarise(what, gains_of_sets):
    """One line: gains of the sets, each the mean of its splits."""
    means = np.array([[of_set.mean() for of_set in found] for found in gains_of_sets])
    shown = ", ".join(
        f"{label} {column.mean():.1f} % ({column.min():.1f} to {column.max():.1f}; at least 5 % on "
        f"{(column >= 5).sum()}, 25 % on {(column >= 25).sum()})"
        for label, column in zip(("checked", "unchecked"), means.T, strict=True)
    )
    print(f"{what}, {len(means)} sets, mean gain: {shown}.")


def compare_at_equal_cost(found):
    """Fold losses of parts against those of other searches, and the calls of one penalty."""
    for name in ("bayes", *PEERS, "himalaya"):
        what = "calls" if name == "bayes" else "CPU time"
        pairs = [(f["parts unchecked"], f[name]) for f in found if name in f]
        if pairs:
            wins = sum(ours["fold"] < theirs["fold"] for ours, theirs in pairs)
            calls = np.median([theirs["n_calls"] for _, theirs in pairs])
            share = f"{wins} of {len(pairs)} (median calls {calls:.0f})"
            print(f"Lower fold loss than {name} at equal {what}: {share}.")
    for name in ("one", "parts"):
        ends = [f[name]["n_to_end"] for f in found]
        print(f"Calls of {name} to within 0.1 %: mean {np.mean(ends):.1f}, most {max(ends)}.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["run", "report"])
    parser.add_argument("path", nargs="?")
    parser.add_argument("--out", default="gradient.jsonl")
    parser.add_argument("--splits", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--shuffled", type=int, nargs="+", default=[0, *N_SHUFFLED])
    parser.add_argument("--kind", choices=KINDS, default="numbers")
    parser.add_argument("--methods", nargs="+", default=["one", "parts", "bayes"])
    parser.add_argument("--only", nargs="+")
    given = parser.parse_args()
    given.out = given.path or given.out
    run(given) if given.what == "run" else report(given)
