"""Tables in markdown from the runs of ``run.py``, on the problems that all methods have.

    python benchmarks/real/report.py FILE.jsonl [...] [--methods ...] [--against optuna_gp]

Without files, the stored runs. A method whose runs began with the estimator's own setting is called
"NAME+own". Each table is given for the half of the problems on which constants may be chosen, for
the half that is only for judging (``_halves.py``), and for all.

Normalised regret = (best - found) / (best - median), clipped to [0, 1]: best is the highest mean of
folds in all of these files, median that of single random settings (failed ones are below all). The
held-out score of the chosen setting is put on the same scale, from the best of all choices.
"Settings needed" is the number after which a run is as good as the median run of RandomizedSearchCV
with 60; for a run that never is, it is one more than the run had. A number is at an end of its
range within 2 % of it, on the scale of the space, and is counted if it can have 25 values.
Intervals are 95 % bootstraps over problems and the seeds of each.
"""

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
from problems import SPECS, Problem

sys.path.append(str(Path(__file__).parents[1]))
from _halves import HALVES, half
from _tables import difference, family_mean, mean, read, table, with_interval

KEPT = Path(__file__).parents[1] / "results" / "runs" / "real.jsonl.gz"
BUDGETS = (10, 25, 50)
HEAD = ["method", *(f"after {budget}" for budget in BUDGETS)]
LAST = BUDGETS[-1]
N_RANDOM = 60
END = 0.02
N_BEST, N_BEST_OF_ONE = 20, 5


def prepare(rows):
    """Add to each row its label, mean scores (nan: failed) and running best (-inf: none yet)."""
    for row in rows:
        row["label"] = row["method"] + ("+own" if row["default"] else "")
        folds = [[np.nan if s is None else s for s in scores] for scores in row["folds"]]
        row["means"] = np.mean(folds, axis=1)
        row["best"] = np.maximum.accumulate(np.where(np.isnan(row["means"]), -np.inf, row["means"]))
        row["points"] = np.array(row["points"])
    return rows


class Scale:
    """The scale of regret of one problem, from all runs on it."""

    def __init__(self, rows):
        self.best = max(row["best"][-1] for row in rows)
        drawn = [row for row in rows if row["label"] == "random"]
        long = [row["best"][N_RANDOM - 1] for row in drawn if len(row["best"]) >= N_RANDOM]
        if not long:
            name = rows[0]["problem"]
            raise SystemExit(f"no run of random with {N_RANDOM} and --no-default on {name}")
        scores = np.concatenate([row["means"] for row in drawn])
        fitted = scores[~np.isnan(scores)]
        self.median = np.median(np.where(np.isnan(scores), fitted.min(), scores))
        held = [row["held"][k] for row in rows for k in row["held"] if row["held"][k] is not None]
        self.held = max(held)
        self.target = np.median(long)

    def regret(self, row, budget):
        """Regret of the best setting so far."""
        return self._clipped(self.best - row["best"][budget - 1])

    def held_regret(self, row, budget):
        """Regret of the held-out score of the setting chosen so far."""
        score = row["held"].get(str(budget))
        return 1.0 if score is None else self._clipped(self.held - score)

    def needed(self, row):
        """Settings until the target is reached."""
        reached = np.flatnonzero(row["best"][:LAST] >= self.target - 1e-9)
        return int(reached[0]) + 1 if len(reached) else LAST + 1

    def _clipped(self, shortfall):
        return float(np.clip(shortfall / (self.best - self.median), 0, 1))


def by_seed(rows, measure):
    """A measure of each seed's row, shape (n_seeds,), by (label, problem)."""
    found = defaultdict(dict)
    for row in rows:
        found[row["label"], row["problem"]][row["seed"]] = measure(row)
    return {key: np.array([seeds[s] for s in sorted(seeds)]) for key, seeds in found.items()}


def ends(points, is_counted):
    """Share of the numbers of some settings that are at an end; nan without numbers."""
    counted = np.atleast_2d(points)[:, is_counted]
    return np.mean((counted <= END) | (counted >= 1 - END)) if counted.size else np.nan


def counted_numbers(row):
    """Which columns of the points are numbers that can have 25 values."""
    parameters = {p.name: p for p in Problem(row["problem"]).parameters}

    def is_fine(p):
        return p.kind == "float" or (p.kind == "int" and p.high - p.low >= 24)

    return np.array([is_fine(parameters[name]) for name in row["dimensions"]])


def best_points(rows):
    """Points of the best settings of all methods, at most five of each."""
    tried = [
        (mean_score, row["label"], tuple(point))
        for row in rows
        for mean_score, point in zip(row["means"][:LAST], row["points"][:LAST], strict=True)
        if not np.isnan(mean_score)
    ]
    taken, counts = {}, defaultdict(int)
    for _, label, point in sorted(tried, key=lambda entry: -entry[0]):
        if point not in taken and counts[label] < N_BEST_OF_ONE:
            taken[point] = label
            counts[label] += 1
    return np.array(list(taken)[:N_BEST])


def repeated(row):
    """Shares of the scores that equal an earlier one: the mean, and those of all folds."""
    is_fitted = ~np.isnan(row["means"][:LAST])
    means = np.array(row["means"][:LAST])[is_fitted].round(10).tolist()
    folds = [tuple(f) for f, ok in zip(row["folds"][:LAST], is_fitted, strict=True) if ok]
    return [1 - len(set(scores)) / max(len(scores), 1) for scores in (means, folds)]


def failed(row):
    return float(np.mean(np.isnan(row["means"][:LAST])))


def groups(names):
    """Titles and problems of both halves and of all."""
    halves = [(which, [name for name in names if half(name) == which]) for which in HALVES]
    halves = [pair for pair in halves if pair[1]]
    return [
        (f"{title}, problems: {len(members)}", members)
        for title, members in (halves + [("all", names)] if len(halves) > 1 else halves)
    ]


def regret_tables(measures, labels, members, title, rng):
    """Regret of the scores and of the held-out scores after each budget; also by kind."""
    kinds = [SPECS[name]().kind for name in members]

    def show(head, cell):
        lines = []
        for label in labels:
            values = [[measures[head[0], b][label, p] for p in members] for b in BUDGETS]
            lines.append([label, *map(cell, values)])
        table(f"{head[1]}: {title}", HEAD, lines)

    for name in ("regret", "held-out regret"):
        show((name, f"Mean normalised {name}"), lambda values: with_interval(values, rng))
    show(
        ("regret", "Mean over kinds of estimators of their mean regret"),
        lambda values: f"{family_mean(values, kinds):.3f}",
    )


def difference_tables(measures, labels, members, title, peer, rng):
    for name in ("regret", "held-out regret"):
        lines = []
        for label in labels:
            cells = []
            for budget in BUDGETS:
                values = measures[name, budget]
                pairs = [(values[label, p].mean(), values[peer, p].mean()) for p in members]
                cells.append(difference(pairs, rng))
            lines.append([label, *cells])
        told = f"paired by problem (negative: better): {title}"
        table(f"Normalised {name} less that of {peer}, {told}", HEAD, lines)


def habits_table(measures, shares_of_best, labels, members, title):
    """Print properties of a method's suggestions, and how soon it matches random search."""
    head = ["method", "settings needed", "reached", "at an end", "repeated mean", "repeated folds"]
    lines = []
    for label in labels:
        needed = np.concatenate([measures["needed"][label, p] for p in members])
        at_end = np.nanmean([np.mean(measures["ends"][label, p]) for p in members])
        same = [
            mean([measures[key][label, p] for p in members])
            for key in ("repeated mean", "repeated folds", "failed")
        ]
        lasts = sum(is_last(measures["regret", LAST], label, labels, name) for name in members)
        lines.append(
            [label, f"{np.median(needed):.0f}", f"{np.mean(needed <= LAST):.0%}", f"{at_end:.1%}"]
            + [f"{share:.1%}" for share in same]
            + [f"{lasts}"]
        )
    best = np.nanmean([shares_of_best[p] for p in members])
    lines.append([f"the {N_BEST} best known", "-", "-", f"{best:.1%}", "-", "-", "-", "-"])
    table(f"Suggestions: {title}", [*head, "failed", "last"], lines)


def is_last(values, label, labels, name):
    """Whether a method is behind all others on a problem by more than its standard error."""
    others = [values[other, name].mean() for other in labels if other != label]
    behind = values[label, name].mean() - max(others, default=np.inf)
    return behind > standard_error(values[label, name])


def standard_error(seeds):
    return seeds.std(ddof=1) / np.sqrt(len(seeds)) if len(seeds) > 1 else 0.0


def problem_table(values, labels, names, title, marks_last=False):
    """Mean and standard error over seeds of each problem, in bold where `is_last`."""
    lines = []
    for name in names:
        cells = []
        for label in labels:
            seeds = values[label, name]
            cell = f"{seeds.mean():.3f} ± {standard_error(seeds):.3f}"
            is_marked = marks_last and is_last(values, label, labels, name)
            cells.append(f"**{cell}**" if is_marked else cell)
        lines.append([name, half(name), *cells])
    table(title, ["problem", "half", *labels], lines)


def percent(share):
    return "-" if np.isnan(share) else f"{share:.0%}"


def end_table(measures, shares_of_best, labels, names):
    lines = []
    for name in names:
        shares = [np.mean(measures["ends"][label, name]) for label in labels]
        lines.append([name, half(name), *map(percent, [*shares, shares_of_best[name]])])
    head = ["problem", "half", *labels, f"the {N_BEST} best"]
    table("Share of the numbers within 2 % of an end of their range", head, lines)


def origin_table(rows, labels):
    lines = []
    for label in labels:
        own = [row for row in rows if row["label"] == label]
        seeds = defaultdict(set)
        for row in own:
            seeds[half(row["problem"])].add(row["seed"])
        told = "; ".join(f"{which}: {sorted(found)}" for which, found in sorted(seeds.items()))
        versions = dict.fromkeys(f"{k} {v}" for row in own for k, v in row["versions"].items())
        spent = 1e3 * np.median([np.mean(row["spent"][25:LAST]) for row in own])
        cpu = sum(row["cpu"] for row in own)
        lines.append([label, told, f"{spent:.1f}", f"{cpu:.0f}", ", ".join(versions)])
    head = ["method", "seeds", "CPU ms a suggestion, 26 to 50", "CPU s, fits not yet known"]
    table("Runs", [*head, "versions"], lines)


def measure(rows, scales):
    """All that the tables show, by label and problem."""
    counted = {}
    for row in rows:
        if row["problem"] not in counted:
            counted[row["problem"]] = counted_numbers(row)
    measures = {}
    for budget in BUDGETS:
        measures["regret", budget] = by_seed(
            rows, lambda row, b=budget: scales[row["problem"]].regret(row, b)
        )
        measures["held-out regret", budget] = by_seed(
            rows, lambda row, b=budget: scales[row["problem"]].held_regret(row, b)
        )
    measures["held out"] = by_seed(rows, lambda row: row["held"][str(LAST)] or np.nan)
    measures["needed"] = by_seed(rows, lambda row: scales[row["problem"]].needed(row))
    measures["ends"] = by_seed(
        rows, lambda row: ends(row["points"][:LAST], counted[row["problem"]])
    )
    measures["repeated mean"] = by_seed(rows, lambda row: repeated(row)[0])
    measures["repeated folds"] = by_seed(rows, lambda row: repeated(row)[1])
    measures["failed"] = by_seed(rows, failed)
    return measures, counted


def report(rows, chosen=None, against=None):
    """Print all tables of some rows."""
    rows = [row for row in prepare(rows) if len(row["means"]) >= LAST]
    if not rows:
        raise SystemExit(f"no runs of {LAST} settings in these files")
    by_problem = defaultdict(list)
    for row in rows:
        by_problem[row["problem"]].append(row)
    scales = {name: Scale(of_it) for name, of_it in by_problem.items()}
    measures, counted = measure(rows, scales)
    shares_of_best = {
        name: ends(best_points(of_it), counted[name]) for name, of_it in by_problem.items()
    }
    known = list(dict.fromkeys(row["label"] for row in rows))
    has = {label: {row["problem"] for row in rows if row["label"] == label} for label in known}
    labels = list(chosen or [label for label in known if len(has[label]) == len(by_problem)])
    if missing := {*labels, against or labels[0]} - set(known):
        raise SystemExit(f"no runs of {sorted(missing)}; there are: {', '.join(known)}")
    if against and against not in labels:
        labels.append(against)
    names = [name for name in by_problem if all(name in has[label] for label in labels)]
    if not names:
        raise SystemExit(f"no problem that all methods have: {', '.join(labels)}")
    labels.sort(key=lambda label: mean([measures["regret", LAST][label, p] for p in names]))
    rng = np.random.default_rng(0)
    for title, members in groups(names):
        regret_tables(measures, labels, members, title, rng)
        if against:
            difference_tables(measures, labels, members, title, against, rng)
        habits_table(measures, shares_of_best, labels, members, title)
    told = f"Regret after {LAST}, by problem (bold: last by more than its standard error)"
    problem_table(measures["regret", LAST], labels, names, told, marks_last=True)
    problem_table(measures["held out"], labels, names, f"Held-out score after {LAST}")
    end_table(measures, shares_of_best, labels, names)
    origin_table([row for row in rows if row["problem"] in names], labels)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", default=[KEPT])
    parser.add_argument(
        "--methods",
        nargs="+",
        help='default: those that ran all problems; "+own" belongs to the name',
    )
    parser.add_argument("--against", help="also the differences to this method")
    parser.add_argument("--seeds", nargs="+", type=int, help="only these")
    arguments = parser.parse_args()
    rows = read(arguments.files)
    if arguments.seeds:
        rows = [row for row in rows if row["seed"] in arguments.seeds]
    report(rows, arguments.methods, arguments.against)


if __name__ == "__main__":
    main()
