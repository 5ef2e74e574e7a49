"""Surrogates of YAHPO Gym with scikit-learn's names of the parameters.

Each OpenML data set is used either to learn starts ("teach") or to judge them, for all estimators.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "efficiency"))
sys.path.insert(0, str(Path(__file__).parents[1]))
from _halves import half
from problems import YahpoProblem

IMPUTE = "num.impute.selected.cpo"

# Class of each scenario, and the surrogate's names of the parameters with those of the class. The
# imputation of missing values has no counterpart.
PATHS = {
    "rbv2_xgboost": "xgboost.sklearn.XGBClassifier",
    "rbv2_rpart": "sklearn.tree.DecisionTreeClassifier",
}
NAMES = {
    "rbv2_xgboost": {
        "booster": "booster",
        "nrounds": "n_estimators",
        "eta": "learning_rate",
        "max_depth": "max_depth",
        "min_child_weight": "min_child_weight",
        "subsample": "subsample",
        "colsample_bytree": "colsample_bytree",
        "colsample_bylevel": "colsample_bylevel",
        "gamma": "gamma",
        "lambda": "reg_lambda",
        "alpha": "reg_alpha",
        "rate_drop": "rate_drop",
        "skip_drop": "skip_drop",
    },
    "rbv2_rpart": {
        "cp": "ccp_alpha",
        "maxdepth": "max_depth",
        "minbucket": "min_samples_leaf",
        "minsplit": "min_samples_split",
    },
}

# cp is a share of the error of a tree without a split, ccp_alpha counts impurity, of which such a
# tree has about a half (Gini).
FACTORS = {"cp": 0.5}

# Data sets of judging problems, also under other names or numbers, or with some of the same rows.
NEVER_TEACH = {
    "of the judging problems of efficiency/": "11 37 40496 188 40982 1501 554 1067",
    "Pima, 37 under another name": "37",
    "breast cancer: biopsy of MASS, load_breast_cancer of scikit-learn": "15 1510",
    "digits of scikit-learn: a part of optdigits": "28",
    "the handwritten digits of mfeat, six descriptions of the same rows": "12 14 16 18 20 22",
    "segment and car, in two versions each": "36 40984 21 40975",
    # All of lcbench, whose problems are numbered by task.
    "of lcbench": "1590 1486 1461 40685 23517 40981 3 12 31 54 1067 1464 1468 1489 4134 1485 "
    "23512 40668 41168 41169 41166 41150 41138 41142 41164 41143 41146 40975 40984 40996 41027 "
    "4135 1111 1596 1169 41147 41167",
}


def numbers(scenario, folder):
    """OpenML's numbers of the data sets of a scenario, as text."""
    problem = YahpoProblem(f"{scenario}/11", folder)
    return [code for code in problem.codes["task_id"] if code != "#na#"]


def may_teach(number):
    """Whether starts may be learned from a data set; all others are for judging."""
    never = {n for listed in NEVER_TEACH.values() for n in listed.split()}
    return number not in never and half(f"openml/{number}") == "tuning"


def load(scenario, folder, teaches):
    """Load the problems for learning, or those for judging."""
    found = [n for n in numbers(scenario, folder) if may_teach(n) == teaches]
    return [YahpoProblem(f"{scenario}/{n}", folder) for n in found]


def scaled(problem, n_draws=5000):
    """Best and median score of random settings: where the regret is 0 and 1."""
    rng = np.random.default_rng(0)
    points = rng.random((n_draws, len(problem.parameters)))
    scores = problem.scores([problem.params(point) for point in points])
    return float(scores.max()), float(np.median(scores))


def renamed(scenario, params):
    """A setting of a surrogate as the class has it."""
    names = NAMES[scenario]
    return {
        names[n]: v * FACTORS[n] if n in FACTORS else v for n, v in params.items() if n in names
    }


def original(problem, params):
    """The setting of the surrogate that is that of the class, with all of its parameters."""
    names = {new: old for old, new in NAMES[problem.name.split("/")[0]].items()}
    found = {names[n]: v / FACTORS.get(names[n], 1) for n, v in params.items() if n != "booster"}
    found |= {"booster": params["booster"]} if "booster" in params else {}
    middle = problem.params([0.5] * len(problem.parameters)) | {IMPUTE: "impute.mean"}
    return {p.name: p.clean({**middle, **found}[p.name]) for p in problem.parameters}
