"""Measure the regret of ``BayesOptimizer`` with and without learned starts.

    python benchmarks/starts/judge.py --yahpo FOLDER --out starts.jsonl
    python benchmarks/starts/judge.py --report starts.jsonl

Both begin with the estimator's own setting, if it lies in the space. Then one of them tries the
learned starts, and both go on as usual. The problems are the judging half (``_halves.py``) of those
in ``efficiency/`` whose estimator has learned starts; ``--more 10`` adds ten data sets to each
family of surrogates, none of which was learned from. Starts are those that sktune ships; with
``--candidates`` those of ``learned.json``.
"""

import os

# Before NumPy is loaded: more threads than one would only spin at these sizes.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"

import argparse
import json
import sys
import warnings
from pathlib import Path

import numpy as np
import surrogates
from learn import LEARNED
from scipy.stats import loguniform
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from xgboost import XGBClassifier

from sktune._records import Observation
from sktune._search._inputs._starts import own_setting
from sktune.optimizers import BayesOptimizer
from sktune.space import SearchSpace
from sktune.space._known_spaces import _learned
from sktune.space._known_spaces._starts import known_starts

sys.path.append(str(Path(__file__).parents[1]))
from _halves import half
from _tables import mean, table, with_interval
from problems import TableProblem, YahpoProblem, references
from searches import distribution

BUDGETS = (10, 25, 50)
N = BUDGETS[-1]

# The estimator of each table, and the columns of its data.
TABLES = {
    "sklearn/svc_breast": (SVC(), 30),
    "sklearn/rf_wine": (RandomForestClassifier(30), 13),
    "sklearn/gb_diabetes": (GradientBoostingRegressor(), 10),
}
SURROGATES = {"rbv2_xgboost": XGBClassifier(), "rbv2_rpart": DecisionTreeClassifier()}


def problems(folder, n_more):
    """Pairs of a problem that judges and its estimator."""
    found = [(TableProblem(name), *known) for name, known in TABLES.items()]
    for scenario, estimator in SURROGATES.items():
        named = [n.split("/")[1] for n in references() if n.startswith(scenario)]
        numbers = [n for n in named if half(f"{scenario}/{n}") == "judging"]
        others = [n for n in surrogates.numbers(scenario, folder) if n not in named]
        numbers += [n for n in others if not surrogates.may_teach(n)][:n_more]
        for number in numbers:
            problem = YahpoProblem(f"{scenario}/{number}", folder)
            if problem.best is None:
                problem.best, problem.median = surrogates.scaled(problem)
            found.append((problem, estimator, None))
    return [entry for entry in found if half(entry[0].name) == "judging" or n_more]


def space_of(problem, estimator):
    """The space with the names of the class."""
    flat = {p.name: distribution(p) for p in problem.parameters if p.name != surrogates.IMPUTE}
    scenario = problem.name.split("/")[0]
    if scenario in surrogates.NAMES:
        names = surrogates.NAMES[scenario]
        flat = {names[name]: values for name, values in flat.items()}
        if "ccp_alpha" in flat:
            low, high = flat["ccp_alpha"].support()
            flat["ccp_alpha"] = loguniform(low * surrogates.FACTORS["cp"], high / 2)
    return SearchSpace.from_distributions(flat, None, "auto", estimator)


def play(problem, estimator, n_features, seed, has_learned):
    """Scores of the settings, in order."""
    space = space_of(problem, estimator)
    X = None if n_features is None else np.empty((2, n_features))
    starts = own_setting(estimator, space)
    if has_learned:
        starts += known_starts(estimator, space, X)
    optimizer = BayesOptimizer(space, seed=problem.seed(seed), starts=starts)
    scores = []
    for place in range(N):
        candidate = optimizer.ask(place / N)
        params = dict(candidate.params)
        if problem.name.split("/")[0] in surrogates.NAMES:
            params = surrogates.original(problem, params)
        scores.append(problem.score(params))
        told = {"score": np.array([scores[-1]])}
        optimizer.tell(Observation(candidate, told, "complete"))
    return scores


def run(arguments):
    """Append the runs that the file does not have yet."""
    out = Path(arguments.out)
    rows = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
    done = {(row["problem"], row["method"], row["seed"]) for row in rows}
    for seed in arguments.seeds:
        for problem, estimator, n_features in problems(arguments.yahpo, arguments.more):
            if not any(part in problem.name for part in arguments.only):
                continue
            for method in ("own", "learned"):
                if (problem.name, method, seed) in done:
                    continue
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    scores = play(problem, estimator, n_features, seed, method == "learned")
                best = np.maximum.accumulate(scores)
                regrets = {n: float(f"{problem.regret(best[n - 1]):.5g}") for n in BUDGETS}
                row = {"problem": problem.name, "method": method, "seed": seed} | regrets
                with out.open("a") as lines:
                    lines.write(json.dumps(row) + "\n")
                print(row, flush=True)


def report(path):
    """Regret by family and in all, the paired difference, and both by problem."""
    rows = [json.loads(line) for line in Path(path).read_text().splitlines()]
    names = list(dict.fromkeys(row["problem"] for row in rows))
    values = {}
    for row in rows:
        for n in BUDGETS:
            key = row["method"], row["problem"], n
            values.setdefault(key, {})[row["seed"]] = row[str(n)]
    for family in ["all", *dict.fromkeys(map(_family, names))]:
        own = [name for name in names if family in ("all", _family(name))]
        rng, lines = np.random.default_rng(0), []
        for method in ("own", "learned"):
            means = [mean([list(values[method, p, n].values()) for p in own]) for n in BUDGETS]
            lines.append([method, *(f"{m:.3f}" for m in means)])
        cells = [with_interval([_paired(values, p, n) for p in own], rng) for n in BUDGETS]
        lines.append(["learned less own", *cells])
        table(f"{family}, problems: {len(own)}", ["starts", *map(str, BUDGETS)], lines)
    head = [f"{method}, {n}" for n in BUDGETS for method in ("own", "learned")]
    lines = [
        [p, *(_told(values[m, p, n]) for n in BUDGETS for m in ("own", "learned"))] for p in names
    ]
    table("By problem, mean and standard error", ["problem", *head], lines)


def _told(by_seed):
    """Mean and standard error over seeds, as text."""
    found = np.array(list(by_seed.values()))
    return f"{found.mean():.3f} ± {found.std(ddof=1) / len(found) ** 0.5:.3f}"


def _paired(values, problem, n):
    """Differences by seed, shape (n_seeds,)."""
    with_, without = values["learned", problem, n], values["own", problem, n]
    return np.array([with_[seed] - without[seed] for seed in sorted(with_.keys() & without)])


def _family(name):
    return name if name.startswith("sklearn/") else name.split("/")[0]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yahpo", metavar="FOLDER")
    parser.add_argument("--seeds", nargs="+", type=int, default=list(range(10)))
    parser.add_argument("--only", nargs="+", default=[""], help="problems whose name has any of it")
    parser.add_argument("--more", type=int, default=0, help="data sets besides, of each family")
    parser.add_argument("--candidates", action="store_true", help="all of learned.json")
    parser.add_argument("--out", default="starts.jsonl", help="appended to")
    parser.add_argument("--report", help="of this file, and run nothing")
    arguments = parser.parse_args()
    if arguments.candidates:
        found = json.loads(LEARNED.read_text())
        _learned.LEARNED.update({path: known["settings"] for path, known in found.items()})
    if arguments.report:
        report(arguments.report)
    else:
        run(arguments)


if __name__ == "__main__":
    main()
