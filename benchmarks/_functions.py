"""Functions of parameters in [0, 1] whose importances are known, and samples of them.

Judging: Ishigami (3 parameters), Sobol's g (5) and an additive one (6), in closed form; one with a
cliff and a threshold (4). Tuning, for whatever is chosen: Friedman's (6), a ridge with a plateau
(4), thresholds (5), waves (4), a learning rate with a cliff whose place depends on another
parameter (5), a category that decides which parameter counts (5), a bump beside a narrow edge (4).
Scores have noise of 10 % of the function's spread. Samples are random, or those of a Bayesian
search.
"""

from itertools import combinations

import numpy as np
from scipy.stats import uniform

from sktune._records import Observation
from sktune.inspection import SearchRecord
from sktune.inspection._evaluation import Evaluation
from sktune.inspection._importance._pedanova import pedanova_shares
from sktune.inspection._importance._shapley import VarianceGame, shapley_values
from sktune.optimizers import BayesOptimizer
from sktune.space import SearchSpace

NOISE = 0.1
DEFAULT = 0.35

A = np.array([0.0, 1.0, 4.5, 9.0, 99.0])
W = np.array([4.0, 3.0, 2.0, 1.0, 0.5, 0.0])


def ishigami(U):
    X = np.pi * (2 * U - 1)
    return np.sin(X[:, 0]) + 7 * np.sin(X[:, 1]) ** 2 + 0.1 * X[:, 2] ** 4 * np.sin(X[:, 0])


def g(U):
    return np.prod((np.abs(4 * U - 2) + A) / (1 + A), axis=1)


def additive(U):
    return np.sqrt(12) * (U - 0.5) @ W


def cliff(U):
    bump = 0.8 * np.exp(-(((U[:, 0] - 0.3) / 0.15) ** 2))
    return bump + 0.4 * U[:, 1] * (U[:, 3] > 0.5) - 0.8 * (U[:, 2] > 0.85)


def friedman(U):
    product = 10 * np.sin(np.pi * U[:, 0] * U[:, 1])
    return product + 20 * (U[:, 2] - 0.5) ** 2 + 10 * U[:, 3] + 5 * U[:, 4]


def plateau(U):
    return np.minimum(0.6 * U[:, 0] + 0.9 * U[:, 1] - 0.5 * U[:, 2], 0.55)


def thresholds(U):
    return (U[:, 0] > 0.6) + 0.8 * (U[:, 1] > 0.3) * (U[:, 2] > 0.5) + 0.3 * U[:, 3]


def waves(U):
    product = np.sin(2 * np.pi * U[:, 0]) * np.cos(np.pi * U[:, 1])
    return product + 0.6 * np.sin(3 * np.pi * U[:, 2]) + 0.4 * U[:, 3]


def rate(U):
    over = U[:, 0] - (0.65 - 0.3 * U[:, 1])
    return 0.3 * U[:, 2] + 0.1 * np.sin(6 * U[:, 3]) - 2 * over**2 - (over > 0.15)


def category(U):
    choice = np.minimum((3 * U[:, 0]).astype(int), 2)
    parts = [2 * U[:, 1], 1 - 4 * (U[:, 2] - 0.5) ** 2, 0.3 + 0.5 * U[:, 3]]
    return np.choose(choice, parts)


def edge(U):
    bump = 0.7 * np.exp(-(((U[:, 0] - 0.7) / 0.12) ** 2))
    return bump + 0.3 * U[:, 1] * (U[:, 2] < 0.4) - (U[:, 3] < 0.12)


CLOSED = ("ishigami", "g", "additive")
HALVES = {
    "judging": {"ishigami": (ishigami, 3), "g": (g, 5), "additive": (additive, 6)}
    | {"cliff": (cliff, 4)},
    "tuning": {"friedman": (friedman, 6), "plateau": (plateau, 4), "thresholds": (thresholds, 5)}
    | {"waves": (waves, 4), "rate": (rate, 5), "category": (category, 5), "edge": (edge, 4)},
}
FUNCTIONS = HALVES["judging"] | HALVES["tuning"]


def components(name):
    """Variance of each effect and interaction, in closed form."""
    if name == "ishigami":
        a, b = 7.0, 0.1
        v1 = 0.5 * (1 + b * np.pi**4 / 5) ** 2
        return {(0,): v1, (1,): a * a / 8, (0, 2): b * b * np.pi**8 * (1 / 18 - 1 / 50)}
    if name == "g":
        single = (1 / 3) / (1 + A) ** 2
        subsets = [S for r in range(1, 6) for S in combinations(range(5), r)]
        return {S: float(np.prod(single[list(S)])) for S in subsets}
    return {(i,): w**2 for i, w in enumerate(W)}


def truth(name):
    """Shares by each definition: Shapley values, main effects, PED-ANOVA."""
    function, d = FUNCTIONS[name]
    points = np.random.default_rng(0).random((200_000, d))
    ped = pedanova_shares(list(points.T), function(points))
    if name not in CLOSED:
        games = [VarianceGame(lambda P: function(P)[None], d, 2**13, seed) for seed in range(3)]
        values = np.mean([game.all_subsets()[:, 0] for game in games], axis=0)
    else:
        parts = components(name)
        values = np.array(
            [
                sum(v for S, v in parts.items() if all(subset >> i & 1 for i in S))
                for subset in range(2**d)
            ]
        )
    main = values[[1 << i for i in range(d)]]
    return {
        "shapley": shapley_values(values) / values[-1],
        "fanova": main / main.sum(),
        "ped-anova": ped,
    }


def space_of(name):
    ranges = {f"x{i}": uniform(0, 1) for i in range(FUNCTIONS[name][1])}
    if name == "category":
        ranges["x0"] = ["a", "b", "c"]
    return SearchSpace.from_distributions(ranges)


def observed(name, U, seed):
    function, d = FUNCTIONS[name]
    spread = function(np.random.default_rng(1).random((20_000, d))).std()
    return function(U) + NOISE * spread * np.random.default_rng(seed).standard_normal(len(U))


def random_sample(name, seed, n=120):
    d = FUNCTIONS[name][1]
    U = np.random.default_rng([seed, d]).random((n, d))
    U[0] = DEFAULT  # the default is among the candidates, as in a search
    U = space_of(name).snap(U)
    return U, observed(name, U, seed)


def bayes_sample(name, seed, n=120):
    """The points that a Bayesian search tries on a function, the default first."""
    space = space_of(name)
    start = space.inverse_transform(np.full((1, FUNCTIONS[name][1]), DEFAULT))[0]
    optimizer = BayesOptimizer(space, seed=seed, starts=[start])
    points, scores = [], []
    for k in range(n):
        candidate = optimizer.ask(progress=k / n)
        points.append(space.transform([candidate.params])[0])
        scores.append(observed(name, np.array([points[-1]]), [seed, k])[0])
        optimizer.tell(Observation(candidate, {"score": np.array(scores[-1:])}, "complete"))
    return np.array(points), np.array(scores)


def record_of(name, U, y):
    """The record of a search that tried these settings of a function."""
    return record_in(space_of(name), U, y)


def record_in(space, U, y):
    """The record of a search that tried these settings of a space."""
    return SearchRecord(
        metric="score",
        settings=tuple(space.inverse_transform(U)),
        split_scores=y[:, None],
        scores=y,
        status=("complete",) * len(y),
        seconds=np.ones(len(y)),
        space=space,
        is_inferred=False,
        resources=None,
        best_index=int(y.argmax()),
        default_index=0,
        evaluation=Evaluation(None, None, None, 1.0),
    )
