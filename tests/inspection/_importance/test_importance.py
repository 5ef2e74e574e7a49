"""Importance against closed forms, brute force and the definitions of others."""

from itertools import permutations, product

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.stats import loguniform, uniform
from sklearn.tree import DecisionTreeRegressor

from sktune.inspection import explaining_model, hyperparameter_importance
from sktune.inspection._importance._fanova import main_effects
from sktune.inspection._importance._importance import METHODS
from sktune.inspection._importance._pedanova import pearson_divergence, pedanova_shares
from sktune.inspection._importance._shapley import VarianceGame, shapley_by_orders, shapley_values

from .._records import record_of, uniform_record

A = np.array([0.0, 1.0, 4.5])


def ishigami(points):
    x = np.pi * (2 * points - 1)
    return np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])


def sobol_g(points):
    return np.prod((np.abs(4 * points - 2) + A) / (1 + A), axis=1)


def additive(points):
    return points @ np.array([3.0, 2.0, 1.0])


def closed_game(name):
    """Var E[f | x_S] of all subsets of three parameters, in closed form."""
    if name == "ishigami":  # Homma and Saltelli 1996, a = 7, b = 0.1
        parts = {
            0b001: 0.5 * (1 + 0.1 * np.pi**4 / 5) ** 2,
            0b010: 49 / 8,
            0b101: 0.01 * np.pi**8 * (1 / 18 - 1 / 50),
        }
    elif name == "g":  # Sobol 1993: the variances of products are products
        single = (1 / 3) / (1 + A) ** 2
        parts = {s: np.prod(single[[s >> i & 1 == 1 for i in range(3)]]) for s in range(1, 8)}
    else:
        parts = {1 << i: w**2 / 12 for i, w in enumerate([3.0, 2.0, 1.0])}
    return np.array([sum(v for t, v in parts.items() if t & s == t) for s in range(8)])


FUNCTIONS = {"ishigami": ishigami, "g": sobol_g, "additive": additive}


# The games


def test_shapley_values_are_averages_over_all_orders():
    game = np.random.default_rng(0).normal(size=16)
    expected = np.zeros(4)
    orders = list(permutations(range(4)))
    for order in orders:
        subset = 0
        for player in order:
            expected[player] += game[subset | 1 << player] - game[subset]
            subset |= 1 << player
    assert_allclose(shapley_values(game), expected / len(orders))


def test_shapley_by_orders_comes_near():
    game = np.random.default_rng(0).normal(size=(16, 2)).cumsum(axis=0)
    found = shapley_by_orders(lambda subsets: game[subsets], 4, seed=0)
    assert_allclose(found, shapley_values(game), atol=0.6)
    assert_allclose(found.sum(axis=0), game[-1] - game[0])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_variances_are_those_of_the_closed_form(name):
    game = VarianceGame(lambda P: FUNCTIONS[name](P)[None], 3, 2**13, seed=0)
    expected = closed_game(name)
    assert_allclose(game.all_subsets()[:, 0], expected, atol=0.03 * expected[-1])
    assert game.variance[0] == pytest.approx(expected[-1], rel=0.02)
    shares = shapley_values(expected) / expected[-1]
    found, errors = game.by_orders(seed=0)
    assert_allclose(found[:, 0] / game.variance[0], shares, atol=0.05)
    assert errors.max() < 0.2 * expected[-1]


def test_pairs_of_the_closed_form():
    game = VarianceGame(lambda P: ishigami(P)[None], 3, 2**13, seed=0)
    pairs = game.pairs()[:, :, 0] / game.variance[0]
    expected = closed_game("ishigami")
    share = (expected[0b101] - expected[0b001] - expected[0b100]) / expected[-1]
    assert_allclose(pairs, [[0, 0, share], [0, 0, 0], [share, 0, 0]], atol=0.02)


# The methods


def effects(function):
    """Main effects and interaction of two parameters, by Gauss and Legendre, for each draw."""
    places, weights = np.polynomial.legendre.leggauss(40)
    grid = np.array(list(product((places + 1) / 2, repeat=2)))
    values = np.atleast_2d(function(grid)).reshape(-1, 40, 40)
    values = values - np.einsum("nij,i,j->n", values, weights, weights)[:, None, None] / 4
    rows, columns = values @ weights / 2, np.einsum("nij,i->nj", values, weights / 2)
    main = np.stack([rows**2 @ weights / 2, columns**2 @ weights / 2])
    variance = np.einsum("nij,i,j->n", values**2, weights, weights) / 4
    return main / variance, 1 - main.sum(axis=0) / variance


@pytest.mark.parametrize("method", ["shapley", "sobol"])
def test_all_numbers_are_those_of_a_quadrature(method):
    def product_of_both(points):
        return 12 * (points[:, 0] - 0.5) * (points[:, 1] - 0.5) + points[:, 1]

    record = uniform_record(product_of_both, 2, n=60, noise=0.1)
    found, model = hyperparameter_importance(record, method=method), explaining_model(record)
    main, both = effects(model.at)
    assert both > 0.8
    half = both / 2 if method == "shapley" else 0.0
    assert_allclose(found.shares, (main + half)[:, 0], atol=0.005)
    assert_allclose(found.pairs, [[0, both[0]], [both[0], 0]], atol=0.005)
    if method == "sobol":
        assert_allclose(found.totals, (main + both)[:, 0], atol=0.005)
    parts = [effects(draw) for draw in model.draw(36, 0)]
    main, both = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    half = both / 2 if method == "shapley" else 0.0
    # Shapley shares of a draw are estimated on few points, alike for all draws.
    assert_allclose(found.draws.T, main + half, atol=0.05 if method == "shapley" else 0.01)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_shares_of_a_sample(name):
    record = uniform_record(FUNCTIONS[name], 3, n=120)
    game = closed_game(name)
    expected = shapley_values(game) / game[-1]
    found = hyperparameter_importance(record)
    assert 0.5 * np.abs(found.shares - expected).sum() < 0.06
    assert found.shares.sum() == pytest.approx(1.0)
    assert found.draws.shape == (36, 3)
    assert ((found.low <= expected + 0.02) & (expected <= found.high + 0.02)).all()
    assert (found.low <= found.shares).all()
    assert (found.shares <= found.high).all()


@pytest.mark.slow
def test_sobol_effects():
    found = hyperparameter_importance(uniform_record(ishigami, 3, n=150), method="sobol")
    game = closed_game("ishigami")
    main = game[[0b001, 0b010, 0b100]] / game[-1]
    totals = 1 - game[[0b110, 0b101, 0b011]] / game[-1]
    assert_allclose(found.shares, main, atol=0.06)
    assert_allclose(found.totals, totals, atol=0.06)
    # What the main effect of x3 does not show, and its Shapley share does.
    assert found.shares[2] < 0.03
    assert found.totals[2] > 0.18
    assert found.pairs[0, 2] > 0.18


@pytest.mark.parametrize("method", METHODS)
def test_every_method_puts_them_in_order(method):
    found = hyperparameter_importance(uniform_record(additive, 3, n=80), method=method, n_draws=12)
    assert np.argsort(-found.shares).tolist() == [0, 1, 2]
    assert found.method == method
    assert found.draws.shape == (12, 3)
    assert (found.pairs is None) == (method not in ("shapley", "sobol"))
    assert (found.totals is None) == (method != "sobol")


@pytest.mark.parametrize("method", METHODS)
def test_bands_are_quantiles_of_the_draws(method):
    record = uniform_record(additive, 3, n=40, noise=0.3)
    found = hyperparameter_importance(record, method=method, n_draws=24)
    for j in range(3):
        ends = np.quantile(found.draws[:, j], [0.05, 0.95])
        moved = ends + found.shares[j] - np.mean(found.draws[:, j])
        assert found.low[j] == pytest.approx(np.clip(min(ends[0], moved[0]), 0, 1))
        assert found.high[j] == pytest.approx(np.clip(max(ends[1], moved[1]), 0, 1))


def test_permutation_is_the_loss_over_all_exchanges():
    """Exchanged at random, a value comes from any candidate: the mean over all of them."""
    record = uniform_record(additive, 3, n=30)
    found = hyperparameter_importance(record, method="permutation", n_draws=400)
    model = explaining_model(record)
    losses = np.empty(3)
    for j in range(3):
        changed = []
        for value in model.X_[:, j]:
            rows = model.X_.copy()
            rows[:, j] = value
            changed.append((model.predict(rows) - model.y_) ** 2)
        losses[j] = np.mean(changed) - np.mean((model.predict(model.X_) - model.y_) ** 2)
    assert_allclose(found.shares, losses / losses.sum(), atol=0.02)


def test_pedanova_of_the_model_is_that_of_a_histogram():
    """With 20 equal bins: chi-squared distances between the best tenth and all points."""
    record = uniform_record(additive, 3, n=60)
    found = hyperparameter_importance(record, method="ped-anova", n_draws=12)
    points = np.random.default_rng(9).random((40_000, 3))
    values = explaining_model(record).at(points)
    best = points[values >= np.quantile(values, 0.9)]
    distances = [np.mean((np.histogram(x, 20, (0, 1), density=True)[0] - 1) ** 2) for x in best.T]
    assert_allclose(found.shares, distances / np.sum(distances), atol=0.06)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("region", ["all", "better-half"])
def test_one_parameter_has_all(method, region):
    found = hyperparameter_importance(
        uniform_record(lambda P: P[:, 0], 1, n=12), method=method, region=region
    )
    assert found.shares.tolist() == found.low.tolist() == found.high.tolist() == [1.0]
    assert (found.totals is not None) == (method == "sobol")
    assert (found.pairs is not None) == (method in ("shapley", "sobol"))


def ledge(points):
    """x0 decides between good and disaster, x1 among the good ones."""
    return np.where(points[:, 0] < 0.3, -5.0, points[:, 1])


@pytest.mark.slow
@pytest.mark.parametrize("method", ["shapley", "sobol", "fanova", "permutation"])
def test_better_half_asks_what_matters_for_being_good(method):
    record = uniform_record(ledge, 2, n=120)
    everywhere, good = (
        hyperparameter_importance(record, method=method, region=region, n_draws=12).shares
        for region in ("all", "better-half")
    )
    assert everywhere[0] > 0.8
    assert good[1] > everywhere[1] + 0.1


def test_what_costs_time():
    record = uniform_record(additive, 3, n=60)
    seconds = np.array([10.0 ** setting["x2"] for setting in record.settings])
    slow = record_of(
        record.settings, record.scores, dict.fromkeys(record.names, uniform(0, 1)), seconds=seconds
    )
    assert hyperparameter_importance(slow, target="fit_time").shares[2] > 0.95


@pytest.mark.slow
def test_many_parameters_by_orders():
    def function(points):
        return points @ np.r_[3.0, 2.0, np.zeros(10)]

    found = hyperparameter_importance(uniform_record(function, 12, n=80), n_draws=12)
    assert found.shares.sum() == pytest.approx(1.0)
    assert_allclose(found.shares[:2], [9 / 13, 4 / 13], atol=0.08)


def test_categories():
    rng = np.random.default_rng(0)
    settings = [
        {"kind": str(rng.choice(["a", "b", "c"])), "x": float(rng.random())} for _ in range(60)
    ]
    levels = {"a": 0.0, "b": 1.0, "c": 2.0}
    scores = [levels[s["kind"]] + 0.1 * s["x"] for s in settings]
    space = {"kind": ["a", "b", "c"], "x": uniform(0, 1)}
    record = record_of(settings, scores, space)
    # The best tenth of the space lies in one choice, and there at high x.
    for method in sorted(set(METHODS) - {"ped-anova"}):
        found = hyperparameter_importance(record, method=method, n_draws=12)
        assert found.shares[found.names.index("kind")] > 0.8, method


def test_branches():
    """gamma has a meaning in one of two branches: its share there, and the branch's own."""
    rng = np.random.default_rng(0)
    settings, scores = [], []
    for i in range(80):
        c, gamma = float(10 ** rng.uniform(-2, 2)), float(rng.random())
        if i % 2:
            settings.append({"C": c, "kernel": "linear"})
            scores.append(0.0)
        else:
            settings.append({"C": c, "kernel": "rbf", "gamma": gamma})
            scores.append(1.0 + 4.0 * gamma)
    space = [
        {"C": loguniform(1e-2, 1e2), "kernel": ["linear"]},
        {"C": loguniform(1e-2, 1e2), "kernel": ["rbf"], "gamma": uniform(0, 1)},
    ]
    found = hyperparameter_importance(record_of(settings, scores, space))
    by_name = {name: i for i, name in enumerate(found.names)}
    branch, gamma, c = by_name["(branch)"], by_name["gamma"], by_name["C"]
    # Within the branch gamma is all; over both, the branch moves the mean by 3.
    assert found.within[gamma] > 0.95
    assert found.coverage[gamma] == 0.5
    assert found.coverage[[branch, c]].tolist() == [1.0, 1.0]
    assert found.shares[branch] > found.shares[gamma] > 0.05
    assert found.shares[c] < 0.03


# PED-ANOVA


def test_divergence_of_a_known_density():
    # The good ones are those below 0.5: p = 2 there, so D = 1.
    units = np.random.default_rng(0).random(20_000)
    assert pearson_divergence(units, units < 0.5) == pytest.approx(1.0, abs=0.02)
    other = np.random.default_rng(1).random(20_000)
    assert pearson_divergence(other, units < 0.5) == pytest.approx(0.0, abs=0.003)


def test_divergence_of_choices_and_inactive_parameters():
    units = np.repeat([0.25, 0.75, np.nan], 1000)
    is_good = np.repeat([True, False, False], 1000)
    assert pearson_divergence(units, is_good) == pytest.approx(2.0, abs=0.01)


def test_pedanova_in_the_better_half():
    points = np.random.default_rng(0).random((20_000, 2))
    everywhere = pedanova_shares(list(points.T), ledge(points))
    good = pedanova_shares(list(points.T), ledge(points), region=0.5)
    assert good[1] > everywhere[1]
    assert good[1] > 0.95


# fANOVA


def test_main_effects_of_a_tree_by_brute_force():
    rng = np.random.default_rng(0)
    points = rng.random((60, 3))
    tree = DecisionTreeRegressor(max_depth=6).fit(points, ishigami(points))
    found = main_effects(tree.tree_, [0.0, 0.0, 0.0])
    places = (np.arange(64) + 0.5) / 64
    grid = np.stack(np.meshgrid(places, places, places, indexing="ij"), axis=-1)
    values = tree.predict(grid.reshape(-1, 3)).reshape(64, 64, 64)
    expected = [
        values.mean(axis=tuple(j for j in range(3) if j != i)).var() / values.var()
        for i in range(3)
    ]
    assert_allclose(found, expected, atol=0.02)


def test_splits_between_choices_are_moved_to_the_edges():
    # Two choices, at 0.25 and 0.75; scikit-learn cuts halfway, or nearer where data say so.
    points = np.array([[0.25, 0.1], [0.75, 0.1], [0.25, 0.9], [0.75, 0.9]])
    tree = DecisionTreeRegressor().fit(points, [0.0, 1.0, 0.0, 1.0])
    assert_allclose(main_effects(tree.tree_, [0.5, 0.0]), [1.0, 0.0])


def test_a_constant_tree_tells_nothing():
    tree = DecisionTreeRegressor().fit([[0.1], [0.9]], [1.0, 1.0])
    assert main_effects(tree.tree_, [0.0]) is None


@pytest.mark.slow
def test_fanova_is_optunas():
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    record = uniform_record(ishigami, 3, n=100)
    study = optuna.create_study(direction="maximize")
    ranges = {name: optuna.distributions.FloatDistribution(0, 1) for name in record.names}
    for params, score in zip(record.settings, record.scores.tolist(), strict=True):
        study.add_trial(optuna.trial.create_trial(params=params, distributions=ranges, value=score))
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    theirs = optuna.importance.get_param_importances(study, evaluator=evaluator)
    ours = hyperparameter_importance(record, method="fanova")
    assert_allclose(ours.shares, [theirs[name] for name in ours.names], atol=0.02)


# Bad input


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"method": "lime"}, r"method must be one of \['shapley', .*got 'lime'"),
        ({"region": "best"}, r"region must be one of \['all', 'better-half'\], got 'best'"),
        ({"target": "cost"}, "target must be"),
        ({"n_draws": 1}, "n_draws must be a whole number of at least 2, got 1"),
    ],
)
def test_unknown_names_are_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        hyperparameter_importance(uniform_record(additive, 3), **wrong)


def test_too_few_or_all_equal():
    with pytest.raises(ValueError, match="got 3"):
        hyperparameter_importance(uniform_record(additive, 3, n=3))
    with pytest.raises(ValueError, match="the same score"):
        hyperparameter_importance(uniform_record(lambda P: np.zeros(len(P)), 3))


def test_same_seed_same_answer():
    record = uniform_record(additive, 3)
    first = hyperparameter_importance(record, random_state=1)
    second = hyperparameter_importance(uniform_record(additive, 3), random_state=1)
    assert_allclose(first.draws, second.draws, rtol=0)
    assert_allclose(first.shares, second.shares, rtol=0)
