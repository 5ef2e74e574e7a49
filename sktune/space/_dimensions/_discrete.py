"""Discrete distributions: by a table of their probabilities, if possible.

scipy inverts most of them by stepping from value to value, which takes minutes or fails for heavy
tails, and returns values of probability 0 if there are gaps.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import randint, rv_discrete

from ...exceptions import InvalidSpaceError
from .._distributions import is_log_randint
from ._atoms import GappedDimension, cell_ends, mass
from ._base import ConstantDimension, Dimension
from ._draws import draw, numbers_drawn
from ._numbers import IntegerDimension
from ._scales import TAIL, LinearScale, LogScale, TableScale

Floats = NDArray[np.float64]

# Values of a table. 65,536 probabilities of a Zipf distribution take 6 ms.
MAX_VALUES = 2**16
FIRST_BLOCK = 256

# Tails with at most this probability are cut even if the support has an end there: a billion draws
# would not show them. binom(1000, 0.5) is searched from 405 to 595.
NEGLIGIBLE = 1e-9


class Table(NamedTuple):
    """Consecutive integers from `low` on, and their probabilities, shape (n_values,)."""

    low: int
    masses: Floats


def parse_discrete(name: str, distribution: Any) -> Dimension | None:
    """Dimension of a discrete distribution; None if its probabilities are of no use."""
    low, high = _ends(distribution)
    generic = getattr(distribution, "dist", None)
    if type(generic) is type(randint):
        return _integers(name, (low, high), LinearScale(low - 0.5, high + 0.5), low, high)
    if is_log_randint(generic):
        return _integers(name, (low, high), LogScale(low - 0.5, high + 0.5), low, high)
    table, is_whole = _tabulate(distribution, low, high)
    table = _cut(table, np.isinf(low), np.isinf(high))
    if not is_whole and (dimension := _parse_wide(name, distribution, table)) is not None:
        return dimension
    if not len(table.masses):
        return None
    values = np.arange(table.low, table.low + len(table.masses))
    has_mass = table.masses > 0
    if len(values) > 1 and not has_mass.all():
        return GappedDimension(
            name, values[has_mass].tolist(), table.masses[has_mass], distribution
        )
    scale = TableScale(np.append(values - 0.5, values[-1] + 0.5), cell_ends(table.masses))
    return _integers(name, (low, high), scale, values[0], values[-1])


def _ends(distribution: Any) -> tuple[float, float]:
    """The ends of the support, as exact integers if they are finite."""
    low, high = (np.squeeze(end) for end in distribution.support())
    return (
        int(low) if np.isfinite(low) else float(low),
        int(high) if np.isfinite(high) else float(high),
    )


def _integers(name: str, support: tuple[float, float], scale: Any, low: Any, high: Any) -> Any:
    if low == high:
        return ConstantDimension(name, int(low), is_listed=False)
    return IntegerDimension(name, support, scale, int(low), int(high))


def _tabulate(distribution: Any, low: float, high: float) -> tuple[Table, bool]:
    """Probabilities from an end of the support, or around 0, and whether they sum to nearly 1.

    Computed in blocks, each as long as all before, until the rest is negligible.
    """
    start = low if np.isfinite(low) else min(high, 0.0)
    first, last, masses = int(start), int(start) - 1, np.empty(0)
    n_new = FIRST_BLOCK
    while len(masses) < MAX_VALUES and masses.sum() < 1.0 - NEGLIGIBLE:
        below = np.arange(max(first - n_new, low), first) if np.isinf(low) else np.empty(0)
        above = np.arange(last + 1, min(last + n_new, high) + 1)
        if not len(below) and not len(above):
            return Table(first, masses), True
        masses = np.concatenate([mass(distribution, below), masses, mass(distribution, above)])
        first, last, n_new = first - len(below), last + len(above), len(masses)
    return Table(first, masses), bool(masses.sum() >= 1.0 - TAIL)


def _cut(table: Table, is_open_below: bool, is_open_above: bool) -> Table:
    """Cut the table at two quantiles, so that it begins and ends with a positive probability."""
    if not len(table.masses):
        return table
    up = np.cumsum(table.masses)
    lower = TAIL if is_open_below else NEGLIGIBLE
    upper = 1.0 - TAIL if is_open_above else up[-1] - NEGLIGIBLE
    kept = (up >= lower) & (up - table.masses < upper) & (table.masses > 0)
    places = np.flatnonzero(kept)
    if not len(places):
        return Table(table.low, np.empty(0))
    return Table(table.low + int(places[0]), table.masses[places[0] : places[-1] + 1])


def _parse_wide(name: str, distribution: Any, table: Table) -> Dimension | None:
    """Dimension, from draws, of a distribution over too many integers for a table, or None.

    Between two draws all integers are equally likely, unless the table shows gaps.
    """
    if _sums_to_draw(distribution):
        return None
    try:
        draws = draw(name, distribution)
    except InvalidSpaceError:  # code of others; scipy's own search may fail
        return None
    dimension = numbers_drawn(name, draws)
    if dimension is None or isinstance(dimension, ConstantDimension):
        return dimension
    if not (table.masses > 0).all() or any(int(value) != value for value in draws):
        return dimension
    values, counts = np.unique(np.array(draws, dtype=float), return_counts=True)
    ends = np.concatenate([[values[0] - 0.5], values + 0.5])
    scale = TableScale(ends, cell_ends(counts))
    return _integers(name, _ends(distribution), scale, min(draws), max(draws))


def _sums_to_draw(distribution: Any) -> bool:
    """Whether scipy would add up probabilities for each draw, endlessly for heavy tails."""
    generic = getattr(distribution, "dist", distribution)
    methods = ("_rvs", "_ppf", "_cdf")
    return isinstance(generic, rv_discrete) and all(
        getattr(type(generic), method) is getattr(rv_discrete, method) for method in methods
    )
