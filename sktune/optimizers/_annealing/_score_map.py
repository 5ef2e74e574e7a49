"""``ScoreMap``: a rough map of the scores so far; tells how good and how new a point is.

No model is fitted: both answers come from distances to earlier points, in one matrix product.
"""

from __future__ import annotations

from bisect import bisect_left, insort

import numpy as np
from numpy.typing import NDArray

from ...space import SearchSpace
from .._models._folds import noise_of_means
from .._models._units import unit_of

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

# Points whose distances are computed: so many of the latest that were told, and of running ones.
# Later points lie closer together, so forgotten ones are far from where the search is.
N_REMEMBERED = 200

# So many of the latest determine how far apart points are and how noisy their scores.
N_LATEST = 100

# Scores are averaged over this share of the typical distance to a neighbour. 0 trusts
# each single score; 0.5 to 1 do equally well and better, with noise much better; from 1.5 on the
# map is blurred.
SOFTNESS = 0.7

# Radius and error are renewed when one in so many scores is new: they change slowly.
RENEWAL = 10

# Fewest points from which a typical distance is taken.
N_SPACING = 4

# With noisy folds the best candidate is chosen among so many of the highest scores.
N_RIVALS = 20

# The spread of the scores is the distance of these quantiles: lower scores are bad, not
# informative, and have a long tail.
SPREAD_QUANTILES = 0.4, 0.9

# Scores further below the best than so many spreads are all equally bad. Tried 1 to 10 on 25
# public tuning tasks: 1 is worse, 2 to 10 do equally well. Ranks instead of scores are worse.
N_SPREADS = 3.0

# Standard errors below so many spreads are rounding.
ROUNDING = 1e-6

# Squared distance below which two points are one, to rounding.
SAME = 1e-12


class ScoreMap:
    """Scores of the latest points, averaged by inverse distance [1]_.

    Parameters
    ----------
    space : SearchSpace
        Where the points lie. The distance of two numbers is the difference of their coordinates,
        that of different categories 1, that of tuples of numbers the one of their coordinates.
    test_ratio : float or None, default=None
        Test rows for each training row, the mean over the folds; None: as in K-fold
        cross-validation.

    Attributes
    ----------
    scores : dict of int to float
        Finite scores of complete candidates, by id.
    highest : int or None
        Id of the candidate with the highest score, None without any.

    References
    ----------
    .. [1] D. Shepard (1968), "A two-dimensional interpolation function for irregularly-spaced
       data", Proceedings of the 23rd ACM National Conference.
    """

    def __init__(self, space: SearchSpace, test_ratio: float | None = None) -> None:
        self._test_ratio = test_ratio
        self.scores: dict[int, float] = {}
        self._sorted: list[float] = []
        self.highest: int | None = None
        dimensions = list(enumerate(space.dimensions))
        is_one_hot = [not d.is_ordered and d.n_features == d.n_values for _, d in dimensions]
        is_number = [d.is_ordered and d.n_features == 1 for _, d in dimensions]
        self._numbers = np.flatnonzero(is_number)
        self._choices = np.flatnonzero(is_one_hot)
        # Encoded one by one, which takes longer: tuples, and categories with too many choices for a
        # column each.
        self._others = [(j, d) for j, d in dimensions if not is_one_hot[j] and not is_number[j]]
        self._n_values = np.array([d.n_values for d in space.dimensions])[self._choices]
        ends = len(self._numbers) + np.cumsum([0, *self._n_values])
        self._columns = ends[: len(self._choices)]
        self._n_vectorised = int(ends[-1])
        n_features = self._n_vectorised + sum(d.n_features for _, d in self._others)
        self._n_dims = max(space.n_dims, 1)
        # Ring buffer of the latest points that were told: -1 is an empty row, -inf a failure.
        # Running points are kept apart, because there may be thousands of them.
        self._ids = np.full(N_REMEMBERED, -1)
        self._features = np.zeros((N_REMEMBERED, n_features))
        self._values = np.full(N_REMEMBERED, -np.inf)
        self._splits = np.zeros((N_REMEMBERED, 0))
        self._rows: dict[int, int] = {}
        self._n_told = 0
        self._pending_ids = np.full(N_REMEMBERED, -1)
        self._pending = np.zeros((N_REMEMBERED, n_features))
        # Cached until more is told: squared radius of the average, error, best.
        self._radius: float | None = None
        self._error: float | None = None
        self._best: int | None = None
        self._n_news = 0

    @property
    def spread(self) -> float:
        """Distance of two quantiles of the scores, in score units; 1 if all are equal."""
        n_scores = len(self._sorted)
        if not n_scores:
            return 1.0
        low, high = (self._sorted[round(q * (n_scores - 1))] for q in SPREAD_QUANTILES)
        for spread in (high - low, self._sorted[-1] - self._sorted[0]):
            if 0 < spread < np.inf:
                return spread
        return 1.0

    @property
    def error(self) -> float:
        """Standard error of a mean score, see ``noise_of_means``; 0 where one fold was run.

        A fold's own effect, the same for all candidates, is not part of it: scores are compared
        fold by fold.
        """
        if self._error is None:
            rows = self._latest()
            splits = self._splits[rows[np.isfinite(self._values[rows])]]
            error = 0.0
            if len(splits) > 1 and splits.shape[1] > 1:
                unit = unit_of(splits)
                noise = noise_of_means(splits / unit, self._test_ratio)
                error = unit * float(np.sqrt(np.median(noise)))
            self._error = error if error > ROUNDING * self.spread else 0.0
        return self._error

    @property
    def best(self) -> int | None:
        """Id of the best candidate that is known, None without any.

        The highest of many noisy scores is the luckiest. Of all candidates that lie below it by no
        more than the standard error of the difference, the best is the one that is highest on
        the map, so that its neighbours are good too. Without noise it is the highest score.
        """
        if self._best is None and self.highest is not None:
            limit = self.scores[self.highest] - np.sqrt(2.0) * self.error
            rivals = np.flatnonzero(self._values >= limit) if self.error else np.array([], np.intp)
            self._best = self.highest
            if len(rivals) > 1:
                rivals = rivals[np.argsort(-self._values[rivals], kind="stable")[:N_RIVALS]]
                height, _ = self._see(self._features[rivals])
                self._best = int(self._ids[rivals[np.argmax(height)]])
        return self._best

    def add(self, candidate_id: int, point: Floats) -> None:
        """Remember a point, shape (n_dims,), whose score is not known yet."""
        row = candidate_id % N_REMEMBERED
        self._pending_ids[row] = candidate_id
        self._pending[row] = self._encode(point[None])[0]

    def tell(
        self, candidate_id: int, point: Floats, score: float, splits: Floats | None = None
    ) -> None:
        """Set or replace the score of a candidate; a score that is not finite is a failure.

        `splits`, shape (n_splits,), are the scores it is the mean of, nan where there is none.
        """
        self._rank(candidate_id, score)
        self._pending_ids[self._pending_ids == candidate_id] = -1
        row = self._row(candidate_id)
        self._features[row] = self._encode(point[None])[0]
        self._values[row] = score if np.isfinite(score) else -np.inf
        if splits is not None:
            if self._splits.shape[1] != len(splits):
                self._splits = np.full((N_REMEMBERED, len(splits)), np.nan)
            self._splits[row] = splits
        self._best = None
        self._n_news += 1
        if self._n_news * RENEWAL >= len(self.scores):
            self._radius, self._error, self._n_news = None, None, 0

    def _rank(self, candidate_id: int, score: float) -> None:
        """Update the sorted scores and the highest of them."""
        if candidate_id in self.scores:
            self._sorted.pop(bisect_left(self._sorted, self.scores.pop(candidate_id)))
        is_finite = bool(np.isfinite(score))
        if is_finite:
            self.scores[candidate_id] = score
            insort(self._sorted, score)
        if candidate_id == self.highest:
            self.highest = max(self.scores, key=self.scores.__getitem__, default=None)
        elif is_finite and (self.highest is None or score > self.scores[self.highest]):
            self.highest = candidate_id

    def _row(self, candidate_id: int) -> int:
        """Row of a candidate: its own if it has one, else that of the oldest."""
        if candidate_id not in self._rows:
            row = self._n_told % N_REMEMBERED
            self._rows.pop(int(self._ids[row]), None)
            self._ids[row], self._rows[candidate_id] = candidate_id, row
            self._n_told += 1
        return self._rows[candidate_id]

    def look(self, points: Floats) -> tuple[Floats, Floats]:
        """Expected scores and novelties of points.

        Parameters
        ----------
        points : ndarray of shape (n_points, n_dims)
            Canonical points.

        Returns
        -------
        height : ndarray of shape (n_points,)
            Expected score less the best, in spreads, from ``-N_SPREADS`` to 0. Failed
            candidates count as the worst.
        novelty : ndarray of shape (n_points,)
            Root mean square coordinate difference to the nearest point suggested so far,
            pending ones included; 0 for a repeat.
        """
        return self._see(self._encode(points))

    def distance(self, a: Floats, b: Floats) -> float:
        """Root mean square coordinate difference of two points, shape (n_dims,)."""
        steps = np.subtract(*self._encode(np.stack([a, b])))
        return float(np.sqrt(steps @ steps / self._n_dims))

    def smooth(self, points: Floats, scores: Floats) -> tuple[Floats, Floats]:
        """The map at points that were told, and its standard error from the folds' noise.

        Parameters
        ----------
        points : ndarray of shape (n_points, n_dims)
            Canonical points.
        scores : ndarray of shape (n_points,)
            Their scores.

        Returns
        -------
        mean, std : ndarray of shape (n_points,)
            In score units: each score averaged with those of its neighbours.
        """
        features = self._encode(points)
        mean, std = np.empty(len(scores)), np.empty(len(scores))
        for some in np.array_split(np.arange(len(scores)), 1 + len(scores) // N_REMEMBERED):
            weights = self._weights(_squared_distances(features[some], features))
            weights /= weights.sum(axis=1, keepdims=True)
            mean[some] = weights @ scores
            std[some] = self.error * np.sqrt((weights * weights).sum(axis=1))
        return mean, std

    def _see(self, features: Floats) -> tuple[Floats, Floats]:
        """Heights and novelties, each of shape (n,), at features of shape (n, n_features)."""
        squares = _squared_distances(features, self._features[: self._n_told])
        nearest = squares.min(axis=1, initial=np.inf)
        if len(pending := self._pending[self._pending_ids >= 0]):
            nearest = np.minimum(nearest, _squared_distances(features, pending).min(axis=1))
        # Anything smaller is a distance of zero with rounding errors.
        novelty = np.sqrt(np.where(nearest < SAME, 0.0, nearest) / self._n_dims)
        if not self._sorted:
            return np.zeros(len(features)), novelty
        values = self._values[: self._n_told]
        with np.errstate(over="ignore"):
            heights = np.maximum((values - self._sorted[-1]) / self.spread, -N_SPREADS)
        weights = self._weights(squares)
        return weights @ heights / weights.sum(axis=1), novelty

    def _weights(self, squares: Floats) -> Floats:
        """Weights of known points in the map, from squared distances, both of shape (n, m).

        Shepard's weights with the power 6 of the distance: of 2, 4, 6 and 8, 2 blurs, the
        others do equally well on 25 public tuning tasks. A product is 20 times as fast as a power.
        """
        weights = squares + self._squared_radius()
        np.maximum(weights, SAME, out=weights)
        # In place: a new matrix costs as much as what is computed in it.
        cubes = weights * weights
        cubes *= weights
        np.divide(1.0, cubes, out=cubes)
        return np.asarray(cubes)

    def _squared_radius(self) -> float:
        """Squared distance within which scores are averaged; 0 for a handful of points."""
        if self._radius is None:
            features = self._features[self._latest()]
            self._radius = 0.0
            if len(features) >= N_SPACING:
                squares = _squared_distances(features, features)
                np.fill_diagonal(squares, np.inf)
                spacing = max(float(np.median(squares.min(axis=1))), 0.0)
                self._radius = SOFTNESS**2 * spacing
        return self._radius

    def _latest(self) -> Indices:
        """Rows of the latest points that were told."""
        last = np.arange(max(self._n_told - N_LATEST, 0), self._n_told)
        return np.asarray(last % N_REMEMBERED)

    def _encode(self, points: Floats) -> Floats:
        """Features, shape (n_points, n_features), of canonical points: choices one-hot."""
        features = np.zeros((len(points), self._features.shape[1]))
        features[:, : len(self._numbers)] = points[:, self._numbers]
        if len(self._choices):
            places = np.floor(points[:, self._choices] * self._n_values)
            places = np.minimum(places, self._n_values - 1) + self._columns
            # Two choices are apart by 1: each of the two columns adds one half.
            rows = np.arange(len(points))[:, None]
            features[rows, places.astype(int)] = np.sqrt(0.5)
        start = self._n_vectorised
        for j, dimension in self._others:
            end = start + dimension.n_features
            features[:, start:end] = dimension.coordinates(points[:, j])
            start = end
        return features


def _squared_distances(a: Floats, b: Floats) -> Floats:
    """Squared distances, shape (n, m), of a, shape (n, k), and b, shape (m, k), to rounding."""
    squares = a @ (-2.0 * b.T)
    squares += np.einsum("ij,ij->i", a, a)[:, None]
    squares += np.einsum("ij,ij->i", b, b)
    return squares
