"""``hyperparameter_importance``: which parameters the score depends on, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.inspection import permutation_importance

from .._model._activity import active_shares
from .._model._surrogate import ExplainingModel, band, explaining_model
from .._record import read_search
from .._whole_numbers import check_whole
from ._fanova import forest_importance
from ._pedanova import pedanova_shares
from ._shapley import MAX_EXACT, VarianceGame, shapley_values

Floats = NDArray[np.float64]

METHODS = ("shapley", "sobol", "ped-anova", "permutation", "fanova")
REGIONS = ("all", "better-half")

# Points of the design for each subset of parameters: for the mean of the model, and for draws. With
# few parameters there are few subsets, and more points for each: on six functions 512 points alone
# put 0.005 to 0.033 of the importance on the wrong parameter, 2048 points 0.001 to 0.007.
N_POINTS, N_POINTS_OF_DRAWS = 512, 128
MAX_POINTS, N_POINTS_IN_ALL = 2048, 2**16

# Points of the cube that PED-ANOVA uses.
N_UNIFORM = 4096


@dataclass(frozen=True, slots=True)
class Importance:
    """Which parameters matter, as shares.

    Attributes
    ----------
    names : tuple of str, length n_parameters
        The parameters that vary, in the order of the space; with several dicts of parameters, the
        branch comes first, as ``"(branch)"``.
    shares : ndarray of shape (n_parameters,)
        Share of each parameter; they add up to 1, with ``"sobol"`` to at most 1 (main effects
        alone).
    draws : ndarray of shape (n_draws, n_parameters)
        Shares under each draw.
    low, high : ndarray of shape (n_parameters,)
        Ends of the 90 % band of each share, from the quantiles of the draws, both as they are and
        shifted so that their mean is the share.
    pairs : ndarray of shape (n_parameters, n_parameters) or None
        Share of the variance that is the interaction of exactly two parameters; None for
        methods without interactions.
    coverage : ndarray of shape (n_parameters,)
        Share of the space in which a parameter is active.
    within : ndarray of shape (n_parameters,)
        The share of the parameter within the branches that have it; equal to `shares` if all
        branches have it.
    totals : ndarray of shape (n_parameters,) or None
        Total effects, in which an interaction counts for each parameter in it; for ``"sobol"``
        only.
    method, region, target : str
        As passed to :func:`hyperparameter_importance`.
    r2 : float
        How well the model predicts candidates that it was not fitted to, as R2. Below 0.5 the
        shares are hardly more than a guess.
    n_candidates : int
        Candidates with a score that were used.
    n_cut : int
        How many of their scores were so bad that they were cut.
    """

    names: tuple[str, ...]
    shares: Floats
    draws: Floats = field(repr=False)
    low: Floats
    high: Floats
    pairs: Floats | None
    coverage: Floats
    within: Floats
    totals: Floats | None
    method: str
    region: str
    target: str
    r2: float
    n_candidates: int
    n_cut: int


@dataclass(frozen=True, slots=True)
class _Shares:
    """The result of a method."""

    shares: Floats
    draws: Floats
    pairs: Floats | None = None
    totals: Floats | None = None
    within: Floats | None = None


def hyperparameter_importance(
    search: Any,
    *,
    method: str = "shapley",
    region: str = "all",
    target: str = "score",
    n_draws: int = 36,
    random_state: int = 0,
) -> Importance:
    """Compute how much each parameter contributes to the differences between scores.

    The shares are those of the predictions of a model of the search (:func:`explaining_model`)
    over the search space, where all parameters vary as the space says: not over the candidates,
    which a good search crowds together.

    Parameters
    ----------
    search : fitted search or SearchRecord
        See :func:`read_search`.
    method : str, default="shapley"
        - ``"shapley"``: Shapley shares of the variance [1]_; an interaction is divided evenly
          among its parameters. Exact, over all subsets, with up to 10 parameters; with more, by
          random orders to a standard error of 0.01.
        - ``"sobol"``: main effects, as shares of the variance, and ``totals``.
        - ``"ped-anova"``: how unevenly the best tenth of the space is spread along a parameter
          [2]_.
        - ``"permutation"``: :func:`sklearn.inspection.permutation_importance` of the model on
          the candidates that were tried.
        - ``"fanova"``: main effects in a random forest [3]_, to compare with the literature.
    region : {"all", "better-half"}, default="all"
        ``"better-half"`` asks what matters among good settings: scores below the median count as
        the median.
    target : {"score", "fit_time"}, default="score"
        ``"fit_time"`` asks what costs time, in the logarithm of the seconds.
    n_draws : int, default=36
        Draws for the bands, at least 2; rounded up to a multiple of 12 if they come from
        refits.
    random_state : int, default=0
        Seed of the draws, at least 0.

    Returns
    -------
    Importance

    Raises
    ------
    ValueError
        If `method`, `region` or `target` is not one of the above, if `n_draws` or `random_state`
        is not a whole number or too small, if fewer than 5 candidates have a finite score, if all
        have the same score, or if no parameter varies.

    Warns
    -----
    SurrogateWarning
        If there are more parameters than candidates.

    Notes
    -----
    Failed candidates, and those with a score of nan or inf, are left out; dropped ones count with
    the folds that were run. In a halving search, the predictions are those at the largest
    resource.

    References
    ----------
    .. [1] Owen, "Sobol' indices and Shapley value", SIAM/ASA Journal on Uncertainty
       Quantification 2, 2014. https://doi.org/10.1137/130936233
    .. [2] Watanabe, Bansal and Hutter, "PED-ANOVA: Efficiently quantifying hyperparameter
       importance in arbitrary subspaces", IJCAI 2023. https://arxiv.org/abs/2304.10255
    .. [3] Hutter, Hoos and Leyton-Brown, "An efficient approach for assessing hyperparameter
       importance", ICML 2014. https://proceedings.mlr.press/v32/hutter14.html

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import hyperparameter_importance
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> space["shrinking"] = [True, False]
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=40, random_state=0)
    >>> importance = hyperparameter_importance(search.fit(*load_iris(return_X_y=True)))
    >>> importance.names
    ('C', 'gamma', 'shrinking')
    >>> bool(importance.shares[2] < 0.1), round(float(importance.shares.sum()), 6)
    (True, 1.0)
    """
    _check_word("method", method, METHODS)
    _check_word("region", region, REGIONS)
    check_whole("n_draws", n_draws, least=2)
    check_whole("random_state", random_state, least=0)
    model = explaining_model(read_search(search), target=target)
    names = tuple(model.feature_names_in_)
    if len(names) == 1:
        alone, has_pairs = np.ones(1), method in ("shapley", "sobol")
        found = _Shares(
            alone, np.ones((n_draws, 1)), np.zeros((1, 1)) if has_pairs else None, totals=alone
        )
    else:
        found = _BY_METHOD[method](model, region == "better-half", n_draws, random_state)
    low, high = np.clip(band(found.draws, found.shares), 0.0, 1.0)
    return Importance(
        names=names,
        shares=found.shares,
        draws=found.draws,
        low=low,
        high=high,
        pairs=found.pairs,
        coverage=_coverage(model),
        within=found.shares if found.within is None else found.within,
        totals=found.totals if method == "sobol" else None,
        method=method,
        region=region,
        target=target,
        r2=model.r2_,
        n_candidates=len(model.y_),
        n_cut=model.n_cut_,
    )


def _check_word(what: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ValueError(f"{what} must be one of {list(known)}, got {given!r}.")


def _shapley(model: ExplainingModel, is_cut: bool, n_draws: int, seed: int) -> _Shares:
    n_dims = model.n_features_in_
    n_points = min(max(N_POINTS_IN_ALL >> n_dims, N_POINTS), MAX_POINTS)
    game = VarianceGame(model.at, n_dims, n_points, seed, is_cut)
    draws = [
        _normalised(_shapley_of(VarianceGame(draw, n_dims, N_POINTS_OF_DRAWS, seed, is_cut), seed))
        for draw in model.draw(n_draws, seed)
    ]
    shares = shapley_shares(game, seed)
    pairs = game.pairs()[:, :, 0] / _positive(game.variance[0])
    within = _within(model, is_cut, seed, shares)
    return _Shares(shares, np.hstack(draws).T, pairs, within=within)


def shapley_shares(game: VarianceGame, seed: int) -> Floats:
    """Shares of the first function of a game, shape (d,)."""
    return _normalised(_shapley_of(game, seed))[:, 0]


def _shapley_of(game: VarianceGame, seed: int) -> Floats:
    """Shapley values of a game of variance, shape (d, n_draws)."""
    if game.n_dims <= MAX_EXACT:
        return shapley_values(game.all_subsets())
    return game.by_orders(seed)[0]


def _within(model: ExplainingModel, is_cut: bool, seed: int, shares: Floats) -> Floats | None:
    """Shares inside the branches that have each parameter; None if there is one branch."""
    space, n_dims = model.record.space, model.n_features_in_
    if space.n_branches == 1:
        return None
    explained, variance = np.zeros(n_dims), np.zeros(n_dims)
    for branch, is_active in enumerate(active_shares(space) > 0):
        middle = (branch + 0.5) / space.n_branches
        game = VarianceGame(model.at, n_dims, N_POINTS_OF_DRAWS, seed, is_cut, {0: middle})
        explained += is_active * _shapley_of(game, seed)[:, 0]
        variance += is_active * game.variance[0]
    within = explained / _positive(variance)
    return np.where(_coverage(model) < 1.0, within, shares)


def _sobol(model: ExplainingModel, is_cut: bool, n_draws: int, seed: int) -> _Shares:
    def effects(game: VarianceGame) -> tuple[Floats, Floats]:
        everyone = (1 << game.n_dims) - 1
        players = range(game.n_dims)
        main = np.stack([game.of(1 << i) for i in players]) / _positive(game.variance)
        rest = np.stack([game.of(everyone - (1 << i)) for i in players])
        return main, np.maximum(1.0 - rest / _positive(game.variance), 0.0)

    n_dims = model.n_features_in_
    game = VarianceGame(model.at, n_dims, 4 * N_POINTS, seed, is_cut)
    main, totals = effects(game)
    draws = [
        effects(VarianceGame(draw, n_dims, N_POINTS, seed, is_cut))[0]
        for draw in model.draw(n_draws, seed)
    ]
    pairs = game.pairs()[:, :, 0] / _positive(game.variance[0])
    return _Shares(main[:, 0], np.hstack(draws).T, pairs, totals[:, 0])


def _pedanova(model: ExplainingModel, is_cut: bool, n_draws: int, seed: int) -> _Shares:
    points = np.random.default_rng(seed).random((N_UNIFORM, model.n_features_in_))
    points = model.record.space.snap(points)
    coordinates = _coordinates(model, points)
    region = 0.5 if is_cut else 1.0
    draws = [
        pedanova_shares(coordinates, values, region=region)
        for draw in model.draw(n_draws, seed)
        for values in draw(points)
    ]
    return _Shares(pedanova_shares(coordinates, model.at(points), region=region), np.array(draws))


def _coordinates(model: ExplainingModel, points: Floats) -> list[Floats]:
    """Units of each parameter, nan where it is not active."""
    is_active = model.record.space.is_active(points)
    return [np.where(is_active[:, j], points[:, j], np.nan) for j in range(points.shape[1])]


def _permutation(model: ExplainingModel, is_cut: bool, n_draws: int, seed: int) -> _Shares:
    floor = np.median(model.y_) if is_cut else -np.inf
    scored = permutation_importance(
        model,
        model.X_,
        np.maximum(model.y_, floor),
        scoring=lambda model, X, y: -np.mean((np.maximum(model.predict(X), floor) - y) ** 2),
        n_repeats=n_draws,
        random_state=seed,
    )
    draws = _normalised(np.maximum(scored.importances, 0.0)).T
    shares = _normalised(np.maximum(scored.importances_mean, 0.0)[:, None])[:, 0]
    return _Shares(shares, draws)


def _fanova(model: ExplainingModel, is_cut: bool, n_draws: int, seed: int) -> _Shares:
    floor = np.median(model.y_) if is_cut else -np.inf
    of_trees = forest_importance(
        model.record.space, model.points_, np.maximum(model.y_, floor), seed
    )
    rng = np.random.default_rng(seed)
    drawn = rng.integers(len(of_trees), size=(n_draws, len(of_trees)))
    return _Shares(
        _normalised(of_trees.mean(axis=0)[:, None])[:, 0],
        _normalised(of_trees[drawn].mean(axis=1).T).T,
    )


_BY_METHOD: dict[str, Callable[[ExplainingModel, bool, int, int], _Shares]] = {
    "shapley": _shapley,
    "sobol": _sobol,
    "ped-anova": _pedanova,
    "permutation": _permutation,
    "fanova": _fanova,
}


def _normalised(values: Floats) -> Floats:
    """Shares, shape (d, n), that add up to 1; equal where nothing varies."""
    totals = values.sum(axis=0)
    shares = np.full_like(values, 1.0 / len(values))
    np.divide(values, totals, out=shares, where=totals > 0)
    return shares


def _positive(variance: Any) -> Any:
    """A variance to divide by: 1 where it is 0, since the numerator is then 0 too."""
    return np.where(np.asarray(variance) > 0, variance, 1.0)


def _coverage(model: ExplainingModel) -> Floats:
    """Share of the space in which each parameter is active, shape (n_parameters,)."""
    return np.asarray(active_shares(model.record.space).mean(axis=0))
