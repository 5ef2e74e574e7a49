"""Tables in markdown from the runs of ``run.py``, on the problems that all methods have.

    python benchmarks/efficiency/analyse.py FILE.jsonl [...] [--against optuna_gp] [--noisy]

Without files, the runs of the peers that are kept. Normalised regret = (best - found) /
(best - median of random search), clipped to [0, 1], where best is the highest score known or in
these runs. A budget is read from the shortest run of a seed that reaches it, as a cooling schedule
depends on its length. Intervals are 95 % bootstraps, over problems and over the seeds of each.

Each table is given for the half of the problems on which constants may be chosen, for the half that
is only for judging (``_halves.py``), and for all. The rule was introduced after the constants of
version 0.1.0 had been chosen on these 25 problems and 55 others of their families, so for those
constants the judging half is not independent either.
"""

import argparse
import sys
from collections import defaultdict
from functools import partial
from pathlib import Path

import numpy as np
from problems import references

sys.path.append(str(Path(__file__).parents[1]))
from _halves import HALVES, half
from _tables import difference, family_mean, mean, read, table, with_interval

KEPT = Path(__file__).parents[1] / "results" / "runs" / "efficiency-peers.jsonl.gz"
BUDGETS = (10, 25, 50, 100)
HEAD = ["method", *(f"after {budget}" for budget in BUDGETS)]
# Suggestions over which cost is averaged: some methods pay for several at once.
AROUND = {25: (17, 33), 50: (34, 50), 100: (84, 100)}


def regrets(rows):
    """Regret of each seed, shape (n_seeds,), by (method, problem, budget)."""
    known, best = references(), {}
    for row in rows:
        name = row["task"]
        best[name] = max(row["y"] + [best.get(name, known[name]["best"])])
    by_seed = defaultdict(dict)
    for row in sorted(rows, key=lambda row: -row["n"]):  # shorter runs replace longer ones
        name = row["task"]
        scale = best[name] - known[name]["median"]
        for budget in BUDGETS:
            if row["n"] >= budget:
                regret = np.clip((best[name] - row["inc"][budget - 1]) / scale, 0, 1)
                by_seed[row["method"], name, budget][row["seed"]] = regret
    return {key: np.array(list(seeds.values())) for key, seeds in by_seed.items()}


def common(scores):
    """Methods, best first, and the problems that each of them has."""
    has = defaultdict(set)
    for method, name, _ in scores:
        has[method].add(name)
    names = sorted(set.intersection(*has.values()))
    if not names:
        raise SystemExit("no problem that all methods have: choose with --methods")

    def rank(method):
        budget = max(b for b in (10, 25, 50) if (method, names[0], b) in scores)
        return -budget, mean([scores[method, name, budget] for name in names])

    return sorted(has, key=rank), names


def family(name):
    return name.split("/")[0]


def groups(names):
    """Titles and problems of both halves and of all."""
    halves = [(which, [name for name in names if half(name) == which]) for which in HALVES]
    return [
        (f"{title}, problems: {len(members)}", members)
        for title, members in [*halves, ("all", names)]
        if members
    ]


def regret_tables(scores, methods, names, rng):
    """Mean regret of the problems, with its interval, and of each scenario."""
    scenarios = dict.fromkeys(map(family, names))
    for title, members in groups(names):
        cells = regret_cells(scores, methods, members, lambda v: with_interval(v, rng))
        table(f"Mean normalised regret: {title}", HEAD, cells)
        weighted = partial(family_mean, families=[family(name) for name in members])
        cells = regret_cells(scores, methods, members, lambda v, f=weighted: f"{f(v):.3f}")
        table(f"Mean over scenarios of their mean regret: {title}", HEAD, cells)
    for scenario in scenarios if len(scenarios) > 1 else ():
        members = [name for name in names if family(name) == scenario]
        cells = regret_cells(scores, methods, members, lambda v: f"{mean(v):.3f}")
        table(f"Mean normalised regret: {scenario}, problems: {len(members)}", HEAD, cells)


def regret_cells(scores, methods, members, show):
    """A line for each method, with "-" where it has not run on all of the problems."""
    lines = []
    for method in methods:
        lines.append([method])
        for budget in BUDGETS:
            values = [scores.get((method, name, budget)) for name in members]
            is_full = all(seeds is not None for seeds in values)
            lines[-1].append(show(values) if is_full else "-")
    return lines


def difference_tables(scores, methods, names, peer, rng):
    """Regret minus that of a peer, paired by problem."""
    for title, members in groups(names):
        lines = []
        for method in methods:
            lines.append([method])
            for budget in BUDGETS:
                pairs = [
                    (np.mean(scores[method, name, budget]), np.mean(scores[peer, name, budget]))
                    for name in members
                    if (method, name, budget) in scores and (peer, name, budget) in scores
                ]
                lines[-1].append(difference(pairs, rng) if pairs else "-")
        told = f"paired by problem (negative: better): {title}"
        table(f"Regret less that of {peer}, {told}", HEAD, lines)


def cost_table(rows, methods):
    """CPU time of a suggestion: the mean around each place, the median over runs."""
    spent = defaultdict(list)
    for row in rows:
        for place, (first, last) in AROUND.items():
            if len(row["spent"]) >= last:
                spent[row["method"], place].append(np.mean(row["spent"][first:last]))
    lines = [
        [method]
        + [
            f"{1e3 * np.median(spent[method, place]):.1f}" if spent[method, place] else "-"
            for place in AROUND
        ]
        for method in methods
    ]
    table("CPU milliseconds a suggestion", ["method", *(f"near {b}" for b in AROUND)], lines)


def origin_table(rows, methods):
    """Seeds of each method by length of run, and the versions it ran with."""
    lines = []
    for method in methods:
        own = [row for row in rows if row["method"] == method]
        lengths = sorted({row["n"] for row in own})
        seeds = [(n, sorted({row["seed"] for row in own if row["n"] == n})) for n in lengths]
        versions = dict.fromkeys(
            f"{name} {number}" for row in own for name, number in row.get("versions", {}).items()
        )
        runs = "; ".join(f"{n}: {', '.join(map(str, found))}" for n, found in seeds)
        lines.append([method, runs, ", ".join(versions)])
    table("Runs", ["method", "settings: seeds", "versions"], lines)


def report(rows, against=None):
    """Print all tables of some rows."""
    scores = regrets(rows)
    methods, names = common(scores)
    if against is not None and against not in methods:
        raise SystemExit(f"no run of {against!r}; there are: {', '.join(methods)}")
    rng = np.random.default_rng(0)
    regret_tables(scores, methods, names, rng)
    if against is not None:
        difference_tables(scores, methods, names, against, rng)
    cost_table(rows, methods)
    origin_table(rows, methods)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", default=[KEPT])
    parser.add_argument("--methods", nargs="+", help="only these")
    parser.add_argument("--against", help="also the differences to this method")
    parser.add_argument("--noisy", action="store_true", help="the runs with noisy folds")
    arguments = parser.parse_args()
    rows = [
        row
        for row in read(arguments.files)
        if row["noisy"] == arguments.noisy
        and (not arguments.methods or row["method"] in arguments.methods)
    ]
    if not rows:
        raise SystemExit("no such runs in these files")
    report(rows, arguments.against)


if __name__ == "__main__":
    main()
