"""``NestedRows``: parts of the training folds, each of which holds all smaller ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.multiclass import type_of_target

from ..._records import Candidate
from .._inputs._splits import Split, are_in_time, places

Places = NDArray[np.intp]


class NestedRows:
    """Which rows a candidate is trained with that has less than all of them as its resource.

    A part is the beginning of an order of the training rows. For a classifier the classes come in
    the order in which every beginning has them in their proportions, and none is missing from
    one that has as many rows as there are classes. Rows of one group stay together. Where every
    fold is scored on what comes after its training rows, the latest of these come first. Else the
    order is random. The scored part is always whole.

    Parameters
    ----------
    splits : sequence of (train, test)
        The folds.
    n_rows : int
        Rows of the data, which are the resource of those that are trained with all.
    seed : int
        Of the random order.
    labels : ndarray of shape (n_rows,) or None, default=None
        Classes of the rows.
    groups : ndarray of shape (n_rows,) or None, default=None
        Groups that the folds have kept together.
    """

    def __init__(
        self,
        splits: Sequence[Split],
        n_rows: int,
        seed: int,
        labels: Any = None,
        groups: Any = None,
    ) -> None:
        self._splits = splits
        self._n_rows = n_rows
        self._labels = labels
        self._parts: dict[tuple[int, int], Split] = {}
        self._orders: list[tuple[Places, Places]] = []
        in_time = are_in_time(splits, n_rows)
        for number, (train, _) in enumerate(splits):
            rows, rng = places(train, n_rows), np.random.default_rng([seed, number])
            if groups is not None:
                self._orders.append(_by_group(rows, np.asarray(groups)[rows], rng))
            elif in_time:
                self._orders.append((rows[::-1], np.arange(1, len(rows) + 1)))
            else:
                own = None if labels is None else labels[rows]
                self._orders.append((_mixed(rows, own, rng), np.arange(1, len(rows) + 1)))

    def __call__(self, candidate: Candidate, split: int) -> Split:
        """Training and test rows of one fold of a candidate."""
        resource = candidate.resource
        if resource is None or resource >= self._n_rows:
            return self._splits[split]
        # The same object each time: a cluster sends it to its workers once.
        if (resource, split) not in self._parts:
            self._parts[resource, split] = self.part(resource, split), self._splits[split][1]
        return self._parts[resource, split]

    def part(self, resource: int, split: int) -> Places:
        """Training rows of a fold, in the order of the data."""
        order, ends = self._orders[split]
        n_wanted = max(1, round(len(order) * resource / self._n_rows))
        end = ends[min(int(np.searchsorted(ends, n_wanted)), len(ends) - 1)]
        return np.sort(order[:end])

    def missing_class(self, resource: int) -> int | None:
        """Number of a class of which a fold has training rows and its part has none, or None."""
        if self._labels is None:
            return None
        for split, (order, _) in enumerate(self._orders):
            there = np.unique(self._labels[self.part(resource, split)])
            missing = np.setdiff1d(np.unique(self._labels[order]), there)
            if len(missing):
                return int(missing[0])
        return None


def labels_of(y: Any, is_classifier: bool) -> NDArray[Any] | None:
    """Classes by which rows are stratified, shape (n_rows,); None where they are not."""
    if not is_classifier or type_of_target(y) not in ("binary", "multiclass"):
        return None
    return np.unique(np.asarray(y).reshape(-1), return_inverse=True)[1].reshape(-1)


def _mixed(rows: Places, labels: NDArray[Any] | None, rng: np.random.Generator) -> Places:
    """Rows in random order; with labels every beginning has them in their proportions."""
    rows_at = rng.permutation(len(rows))
    if labels is None:
        return rows[rows_at]
    # The j-th row of a class that has c comes at j / c of the way: the first ones of all at 0.
    share = np.empty(len(rows))
    for label in np.unique(labels):
        own = rows_at[labels[rows_at] == label]
        share[own] = np.arange(len(own)) / len(own)
    return rows[rows_at[np.argsort(share[rows_at], kind="stable")]]


def _by_group(
    rows: Places, groups: NDArray[Any], rng: np.random.Generator
) -> tuple[Places, Places]:
    """Rows with groups in random order, and the places where a group ends."""
    _, codes = np.unique(groups, return_inverse=True)
    codes = codes.reshape(-1)
    rank = rng.permutation(codes.max() + 1)[codes]
    order = np.argsort(rank, kind="stable")
    return rows[order], np.cumsum(np.bincount(rank))
