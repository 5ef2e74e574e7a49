"""``score_dependence``: how the score depends on one parameter, or on two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import qmc

from ._model._activity import active_shares
from ._model._columns import is_numeric
from ._model._surrogate import ExplainingModel, band, explaining_model
from ._names import known_names
from ._record import read_search
from ._whole_numbers import check_whole

Floats = NDArray[np.float64]

KINDS = ("average", "slice")

# Points along one parameter, and along each of two.
N_GRID, N_GRID_OF_TWO = 40, 16

# Points of the space to average over, for the mean and for draws; powers of 2.
N_AVERAGED, N_AVERAGED_OF_DRAWS = 256, 64

# A range whose ends differ by a smaller factor gets no logarithmic axis.
LOG_RATIO = 10.0


@dataclass(frozen=True, slots=True)
class ScoreDependence:
    """How the score depends on one parameter, or on two.

    Attributes
    ----------
    names : tuple of str, length 1 or 2
        The parameters.
    kind : {"average", "slice"}
        Whether the others vary over the space, or stay at the best setting.
    metric : str
        The metric whose scores these are.
    values : tuple of tuple
        Values of each parameter, in order; n_values of them.
    mean : ndarray of shape (n_values,) or (n_values_1, n_values_2)
        Predicted mean score.
    low, high : ndarray of the same shape
        Ends of the 90 % band.
    tried : tuple of tuple, length n_candidates
        Values of each candidate that has all these parameters and a score.
    scores : ndarray of shape (n_candidates,)
        Their scores.
    is_log : tuple of bool
        For each parameter, whether it is searched on a logarithmic scale.
    is_numeric : tuple of bool
        For each, whether its values are numbers.
    through : dict or None
        The setting that a slice goes through.
    r2 : float
        How well the model predicts candidates that it was not fitted to.
    """

    names: tuple[str, ...]
    kind: str
    metric: str
    values: tuple[tuple[Any, ...], ...]
    mean: Floats
    low: Floats
    high: Floats
    tried: tuple[tuple[Any, ...], ...]
    scores: Floats
    is_log: tuple[bool, ...]
    is_numeric: tuple[bool, ...]
    through: dict[str, Any] | None
    r2: float


def score_dependence(
    search: Any,
    names: str | Sequence[str],
    *,
    kind: str = "average",
    n_draws: int = 36,
    random_state: int = 0,
) -> ScoreDependence:
    """Predict how the score depends on one parameter or two, by the model of a search.

    Parameters
    ----------
    search : fitted search or SearchRecord
        See :func:`read_search`.
    names : str or sequence of str
        One parameter, or two.
    kind : {"average", "slice"}, default="average"
        ``"average"`` is partial dependence: the mean over the space in the other parameters, in
        the branches that have those named. ``"slice"`` keeps the others at the best setting that
        has them: how the score changes if only these are changed.
    n_draws : int, default=36
        Draws for the band, at least 2; rounded up to a multiple of 12.
    random_state : int, default=0
        Seed of the draws, at least 0.

    Returns
    -------
    ScoreDependence

    Raises
    ------
    ValueError
        If a parameter is not known (the message lists the known ones), there are more than two,
        `n_draws` or `random_state` is not a whole number or too small, or the search cannot be
        explained, see :func:`explaining_model`.

    Warns
    -----
    SurrogateWarning
        If there are more parameters than candidates.

    Notes
    -----
    Failed candidates, and those with a score of nan or inf, are left out; dropped ones count with
    the folds that were run. Very bad scores are cut, see :func:`explaining_model`, and drawn where
    they were cut.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.model_selection import RandomizedSearchCV
    >>> from sklearn.svm import SVC
    >>> from sktune.inspection import score_dependence
    >>> space = {"C": loguniform(1e-3, 1e3), "gamma": loguniform(1e-4, 1e1)}
    >>> search = RandomizedSearchCV(SVC(), space, n_iter=30, random_state=0)
    >>> dependence = score_dependence(search.fit(*load_iris(return_X_y=True)), "C")
    >>> bool(dependence.mean[0] < dependence.mean[-1])
    True
    """
    record = read_search(search)
    names = known_names(names, record.names, "one or two", most=2)
    if kind not in KINDS:
        raise ValueError(f"kind must be one of {list(KINDS)}, got {kind!r}.")
    check_whole("n_draws", n_draws, least=2)
    check_whole("random_state", random_state, least=0)
    model = explaining_model(record)
    columns = [record.names.index(name) for name in names]
    grids = [_grid(record.space.dimensions[j], len(names)) for j in columns]
    through = _best_with(model, columns) if kind == "slice" else None
    shape = tuple(map(len, grids))

    def averaged(function: Any, n_points: int) -> Floats:
        points = _at_grid(model, columns, grids, _background(model, columns, through, n_points))
        values = np.atleast_2d(function(points))
        return np.asarray(values.reshape(len(values), *shape, -1).mean(axis=-1))

    draws = [
        averaged(draw, N_AVERAGED_OF_DRAWS // len(names))
        for draw in model.draw(n_draws, random_state)
    ]
    mean = averaged(model.at, N_AVERAGED // len(names))[0]
    low, high = band(np.concatenate(draws), mean)
    return _as_dependence(model, kind, columns, grids, through, (mean, low, high))


def _as_dependence(
    model: ExplainingModel,
    kind: str,
    columns: list[int],
    grids: list[list[float]],
    through: Floats | None,
    predicted: tuple[Floats, Floats, Floats],
) -> ScoreDependence:
    """The result, in values of the parameters."""
    record, tried = model.record, _tried(model, columns)
    dimensions = [record.space.dimensions[j] for j in columns]
    return ScoreDependence(
        names=tuple(record.names[j] for j in columns),
        kind=kind,
        metric=record.metric,
        values=tuple(
            tuple(d.from_unit(unit) for unit in grid)
            for d, grid in zip(dimensions, grids, strict=True)
        ),
        mean=predicted[0],
        low=predicted[1],
        high=predicted[2],
        tried=tuple(
            tuple(d.from_unit(unit) for d, unit in zip(dimensions, row, strict=True))
            for row in model.points_[tried][:, columns].tolist()
        ),
        scores=model.y_[tried],
        is_log=tuple(is_log(dimension) for dimension in dimensions),
        is_numeric=tuple(is_numeric(dimension) for dimension in dimensions),
        through=None if through is None else record.space.inverse_transform(through[None])[0],
        r2=model.r2_,
    )


def _grid(dimension: Any, n_names: int) -> list[float]:
    """Units along a parameter: those of all values if they are few."""
    n_grid = N_GRID if n_names == 1 else N_GRID_OF_TWO
    if dimension.n_values <= n_grid or not is_numeric(dimension):
        return list(dimension.grid().tolist())
    return sorted(set(dimension.snap(np.linspace(0.0, 1.0, n_grid)).tolist()))


def _tried(model: ExplainingModel, columns: list[int]) -> NDArray[np.bool_]:
    """Which candidates are active in all of these coordinates, shape (n_used,)."""
    return np.asarray(model.record.space.is_active(model.points_)[:, columns].all(axis=1))


def _best_with(model: ExplainingModel, columns: list[int]) -> Floats:
    """Point of the best setting, shape (n_dims,), or of the best that has the parameters."""
    record, tried = model.record, _tried(model, columns)
    if not tried.any():
        raise ValueError("No candidate with a score has these parameters.")
    if record.best_index is not None:
        best = record.space.snap(record.space.transform([record.settings[record.best_index]]))
        if record.space.is_active(best)[0, columns].all():
            return np.asarray(best[0])
    return np.asarray(model.points_[np.where(tried, model.y_, -np.inf).argmax()])


def _background(
    model: ExplainingModel, columns: list[int], through: Floats | None, n_points: int
) -> Floats:
    """Points over whose other coordinates the score is averaged, shape (n, n_dims)."""
    if through is not None:
        return through[None]
    space, n_dims = model.record.space, model.n_features_in_
    points = qmc.Sobol(n_dims, seed=0).random(n_points)
    branches = np.flatnonzero((active_shares(space)[:, columns] > 0).all(axis=1))
    if space.n_branches > 1 and len(branches):
        points[:, 0] = (np.resize(branches, n_points) + 0.5) / space.n_branches
    points = points[space.is_active(space.snap(points))[:, columns].all(axis=1)]
    if not len(points):
        raise ValueError("No branch of the space has all these parameters.")
    return np.asarray(points)


def _at_grid(
    model: ExplainingModel, columns: list[int], grids: list[list[float]], background: Floats
) -> Floats:
    """The background at every place of the grid, shape (n_grid * n, n_dims)."""
    places = np.array(list(product(*grids)))
    points = np.tile(background, (len(places), 1))
    points[:, columns] = np.repeat(places, len(background), axis=0)
    return points


def is_log(dimension: Any) -> bool:
    """Whether equal steps of the unit are equal factors, rather than equal differences."""
    if not is_numeric(dimension) or dimension.n_values < 3:
        return False
    low, middle, high = (float(dimension.from_unit(unit)) for unit in (0.0, 0.5, 1.0))
    if low <= 0 or high < LOG_RATIO * low:
        return False
    return bool(abs(middle - np.sqrt(low * high)) < abs(middle - (low + high) / 2.0))
