"""``AdditiveProcess``: a Gaussian process that sums effects of single parameters, and one of all.

With few candidates the effect of each parameter alone can be learned long before what they do
together. So the covariance is a sum [1]_: one Matern 5/2 kernel for each parameter alone, and one
for all of them, each with its own length scales and variance::

    k(x, x') = sum_g v_g k_g(x_g, x'_g) + s^2 k_all(x, x')

Against a single kernel of all parameters, chosen on six other functions than those it was judged
on, it puts less of the importance on wrong parameters: see benchmarks/results/importance.md.

Whole functions are drawn from the posterior by pathwise conditioning [2]_: a draw of the prior,
made of random features (frequencies of the Matern 5/2 kernel are draws of a multivariate t with 5
degrees of freedom), plus a correction towards the observed scores::

    f_s(x) = w_s' phi(x) + k(x, X) (K + N)^-1 (y - w_s' phi(X) - e_s)

with standard normal w_s and noise e_s of covariance N.

Symbols: n observations; P = n (n - 1) / 2 pairs of them; p features; G groups of features, one for
each parameter. theta, shape (3 G + 2,), holds as logarithms the length scale of each group alone,
the variance of each alone, the length scales of all, their variance and that of the noise.

References
----------
.. [1] Duvenaud, Nickisch and Rasmussen, "Additive Gaussian processes", NeurIPS 2011.
   https://arxiv.org/abs/1112.4394
.. [2] Wilson, Borovitskiy, Terenin, Mostowsky and Deisenroth, "Efficiently sampling functions from
   Gaussian process posteriors", ICML 2020. https://arxiv.org/abs/2002.09309
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.spatial.distance import pdist, squareform

from ..._gp._cholesky import factor, inverse, solve
from ..._gp._kernels import SQRT5
from ..._gp._regressor import EQUAL

Floats = NDArray[np.float64]
Function = Callable[[Floats], Floats]

# Priors, log-normal: median and standard deviation of the logarithm. Lengths are in units of the
# cube, variances in units of the variance of the scores. The variance of a parameter alone has
# median 1 / G. How they were chosen: benchmarks/results/importance.md; the noise also in
# tuned_or_lucky.md: a narrower prior leaves nothing to a winner that no parameter explains.
LENGTH = (1.0, 0.8)
LENGTH_OF_ALL = (1.0, 0.8)
LENGTH_GROWTH = 0.15  # the median of the lengths of all grows as G^0.15, as in a search's model
VARIANCE_ALONE_SPREAD = 1.5
VARIANCE_OF_ALL = (1.0, 1.5)
NOISE = (1e-2, 3.0)

# Ranges of the fit.
LENGTH_BOUNDS = (5e-3, 400.0)
VARIANCE_BOUNDS = (1e-5, 50.0)
NOISE_BOUNDS = (1e-6, 1.0)

# The second start of a fit: rough effects of single parameters, with little of all together. From
# the first one alone some samples end in a worse maximum, see benchmarks/results/importance.md. The
# better of the two is the one that predicts left-out scores better: the more likely one may explain
# an interaction by steep effects of single parameters. A third start, with little of each parameter
# alone, was never better.
ROUGH_LENGTH, ROUGH_REST, ROUGH_NOISE = 0.3, 0.05, 0.02

# L-BFGS stops when a step gains less than `ftol` of the log posterior, or no derivative is above
# `gtol`, as in a search's model.
STOPPING = {"maxiter": 80, "ftol": 1e-5, "gtol": 1e-2}

# Random features of a draw from the prior: of one parameter alone, of all.
N_FEATURES_ALONE, N_FEATURES = 64, 128

# Points at which a function is evaluated at a time.
BLOCK = 512

# Cells of the table of an effect of one number, between which it is linear.
N_CELLS = 512


class AdditiveProcess:
    """A Gaussian process fitted to scores, with a flat prior mean.

    Parameters
    ----------
    groups : sequence of slice, length G
        Columns of each parameter, as ``SearchSpace.feature_groups`` gives them.
    X : ndarray of shape (n, p)
        Features in [0, 1].
    y : ndarray of shape (n,)
        Scores.
    noise : ndarray of shape (n,)
        Known variance of each score, in squared score units.
    start : ndarray of shape (3 G + 2,), default=None
        Hyperparameters to start the fit from; None: the medians of the priors.
    n_starts : {1, 2}, default=2
        2: the fit starts from rough effects of single parameters too.

    Attributes
    ----------
    theta : ndarray of shape (3 G + 2,)
        The most likely hyperparameters; of two starts, those that predict each score better from
        all others.
    """

    def __init__(
        self,
        groups: Sequence[slice],
        X: Floats,
        y: Floats,
        noise: Floats,
        start: Floats | None = None,
        n_starts: int = 2,
    ) -> None:
        self._groups = list(groups)
        self._y_mean, spread = float(y.mean()), float(y.std())
        self._y_scale = spread if spread > EQUAL * np.abs(y).max() else 1.0
        self._X, self._r = X, (y - self._y_mean) / self._y_scale
        self._noise = noise / self._y_scale**2
        medians, spreads, bounds = _priors(len(self._groups))
        distances = _distances(self._groups, X)

        def negative_log_posterior(theta: Floats) -> tuple[float, Floats]:
            value, gradient = self._log_likelihood(theta, distances)
            z = (theta - medians) / spreads
            return 0.5 * float(z @ z) - value, z / spreads - gradient

        ends = [
            minimize(
                negative_log_posterior,
                start,
                jac=True,
                method="L-BFGS-B",
                bounds=bounds,
                options=STOPPING,
            )
            for start in [medians if start is None else start, _rough(medians)][:n_starts]
        ]
        thetas = [np.asarray(end.x) for end in ends]
        self.theta = max(thetas, key=self.left_out) if len(thetas) > 1 else thetas[0]
        self._terms, self._L, self._alpha = self._solved(self.theta)
        self._mean: Function | None = None

    def __getstate__(self) -> dict[str, Any]:
        # The mean is made of closures, which cannot be pickled; it is made again when it is needed.
        return self.__dict__ | {"_mean": None}

    def mean(self, X: Floats) -> Floats:
        """Posterior mean at features, shape (m, p); shape (m,)."""
        if self._mean is None:
            alpha = self._alpha[None]
            self._mean = self._function([term.moved(alpha, self._X) for term in self._terms])
        return np.asarray(self._mean(X)[0])

    def without_noise(self) -> Floats:
        """The observed scores less their known noise, as far as it can be told; shape (n,).

        What a score has of its own, beyond the functions of the sum, belongs to it as far as the
        known noise does not explain it::

            E[f(x_i) + d_i | y] = y_i - N_i ((K + tau^2 I + N)^-1 r)_i,    d_i of variance tau^2
        """
        return np.asarray(self._y_mean + self._y_scale * (self._r - self._noise * self._alpha))

    def draws(self, n_draws: int, rng: np.random.Generator) -> Function:
        """Draws of the posterior: features, shape (m, p), to values, shape (n_draws, m)."""
        priors = [term.drawn(n_draws, rng) for term in self._terms]
        observed = np.sum([prior(self._X) for prior in priors], axis=0)
        noise = np.sqrt(np.exp(self.theta[-1]) + self._noise)
        observed += noise * rng.standard_normal((n_draws, len(self._X)))
        alpha = solve(self._L, (self._r - observed).T).T
        return self._function(
            [
                _summed(prior, term.moved(alpha, self._X))
                for prior, term in zip(priors, self._terms, strict=True)
            ]
        )

    def log_likelihood(self, theta: Floats) -> tuple[float, Floats]:
        """Log density of the standardised scores, and its gradient, shape (3 G + 2,)."""
        return self._log_likelihood(theta, _distances(self._groups, self._X))

    def left_out(self, theta: Floats) -> float:
        """Sum of the log densities of each standardised score given all others.

        With m_i and s_i^2 the predictions without score i, R&W Eq. 5.10 to 5.12::

            r_i - m_i = alpha_i s_i^2,    s_i^2 = 1 / (K + tau^2 I + N)^-1_ii
        """
        _, L, alpha = self._solved(theta)
        variances = 1.0 / np.diag(inverse(L))
        squares = alpha**2 * variances
        return float(-0.5 * np.sum(np.log(2.0 * np.pi * variances) + squares))

    def _solved(self, theta: Floats) -> tuple[list[_Term], Floats, Floats]:
        """Kernels, the factor of the covariance of the scores, shape (n, n), and alpha, (n,)."""
        terms = _terms(self._groups, theta)
        K = np.sum([term.between(self._X, self._X) for term in terms], axis=0)
        L = factor(K, np.exp(theta[-1]) + self._noise)
        return terms, L, solve(L, self._r)

    def _log_likelihood(self, theta: Floats, distances: Floats) -> tuple[float, Floats]:
        """The same, given the distance of each pair in each group, shape (G, P)."""
        n, n_groups = len(self._r), len(distances)
        lengths, variances, shared, of_all, tau2 = _split(np.exp(theta), n_groups)
        # k = (1 + u + u^2 / 3) exp(-u), with u = sqrt(5) times the scaled distance.
        u = distances * (SQRT5 / lengths)[:, None]
        decay = np.exp(-u)
        alone = (1.0 + u + u * u / 3.0) * decay
        u_all = SQRT5 * np.sqrt((1.0 / shared**2) @ distances**2)
        decay_all = np.exp(-u_all)
        together = (1.0 + u_all + u_all * u_all / 3.0) * decay_all
        K = squareform(variances @ alone + of_all * together)
        L = factor(K, variances.sum() + of_all + tau2 + self._noise)
        alpha = solve(L, self._r)
        value = -0.5 * self._r @ alpha - np.log(np.diag(L)).sum() - 0.5 * n * np.log(2.0 * np.pi)
        # dlml/dtheta_j = tr((alpha alpha' - K^-1) dK/dtheta_j) / 2, Rasmussen and Williams Eq. 5.9,
        # as a sum over the pairs, each of which stands for two elements, and the diagonal.
        W = np.outer(alpha, alpha) - inverse(L)
        w, trace = squareform(W, checks=False), 0.5 * float(np.trace(W))
        # dk/d(log l) = u^2 (1 + u) / 3 exp(-u)
        by_lengths = variances * ((u * u * (1.0 + u) * decay) @ w) / 3.0
        slope = of_all * 5.0 / 3.0 * (1.0 + u_all) * decay_all
        by_shared = (distances**2 @ (w * slope)) / shared**2
        by_variances = variances * (alone @ w + trace)
        by_all = of_all * (together @ w + trace)
        gradient = [by_lengths, by_variances, by_shared, [by_all, tau2 * trace]]
        return float(value), np.concatenate(gradient)

    def _function(self, parts: Sequence[Function]) -> Function:
        """The sum of functions of each group alone and of one of all, in score units."""
        alone, together = tabulated(self._groups, parts[:-1]), parts[-1]
        return lambda X: self._y_mean + self._y_scale * (alone(X) + together(X))


class _Term:
    """One kernel of the sum: of some columns of the features, with a weight each."""

    def __init__(self, columns: slice, weights: Floats, variance: float, n_features: int) -> None:
        self._columns, self._weights = columns, weights
        self._variance, self._n_features = variance, n_features

    def between(self, A: Floats, B: Floats) -> Floats:
        """Covariance, shape (m, n), of features A, shape (m, p), and B, shape (n, p)."""
        A, B = A[:, self._columns] * self._weights, B[:, self._columns] * self._weights
        # |a - b|^2 = |a|^2 + |b|^2 - 2 ab; rounding may leave it a little below 0. In place,
        # because most of the time of a report is spent here.
        u = A @ (-2.0 * B.T)
        u += np.sum(A**2, axis=1)[:, None]
        u += np.sum(B**2, axis=1)
        np.maximum(u, 0.0, out=u)
        u *= 5.0
        np.sqrt(u, out=u)
        # Matern 5/2, Rasmussen and Williams Eq. 4.17: (1 + u + u^2 / 3) exp(-u), u = sqrt(5) r.
        values = u / 3.0
        values += 1.0
        values *= u
        values += 1.0
        values *= np.exp(np.negative(u, out=u), out=u)
        values *= self._variance
        return np.asarray(values)

    def moved(self, alpha: Floats, X: Floats) -> Function:
        """Functions by the weights of observations, shape (n_draws, n), at X, shape (n, p)."""

        def values(A: Floats) -> Floats:
            # In blocks that fit into the cache.
            blocks = [
                alpha @ self.between(A[start : start + BLOCK], X).T
                for start in range(0, len(A), BLOCK)
            ]
            return np.concatenate(blocks, axis=1)

        return values

    def drawn(self, n_draws: int, rng: np.random.Generator) -> Function:
        """Draws from the prior: features, shape (m, p), to values, shape (n_draws, m)."""
        n, columns = self._n_features, self._columns
        normals = rng.standard_normal((n, len(self._weights))) * self._weights
        frequencies = (normals * np.sqrt(5.0 / rng.chisquare(5.0, (n, 1)))).T
        phases = rng.uniform(0.0, 2.0 * np.pi, n)
        w = rng.standard_normal((n_draws, n)) * np.sqrt(2.0 * self._variance / n)
        return lambda A: np.asarray(w @ np.cos(A[:, columns] @ frequencies + phases).T)


def tabulated(groups: Sequence[slice], functions: Sequence[Function]) -> Function:
    """The sum of functions of one group each, from tables: it is evaluated very often.

    Of a number, one column, values are interpolated. Of a category, several columns, one is 1 or
    all are 0: a function of these is linear.
    """
    width = groups[-1].stop
    numbers = [group.start for group in groups if group.stop - group.start == 1]
    constant, slopes, tables = np.zeros((1, 1)), np.zeros((1, width)), []
    for group, function in zip(groups, functions, strict=True):
        if group.stop - group.start == 1:
            grid = np.zeros((N_CELLS + 1, width))
            grid[:, group] = np.linspace(0.0, 1.0, N_CELLS + 1)[:, None]
            tables.append(function(grid).T)
        else:
            at_rest = function(np.zeros((1, width)))
            part = np.zeros((len(at_rest), width))
            part[:, group] = function(np.eye(width)[group]) - at_rest
            constant, slopes = constant + at_rest, slopes + part
    if not tables:
        return lambda X: np.asarray(constant + slopes @ X.T)
    table, places = np.stack(tables), np.arange(len(numbers))
    has_categories = len(numbers) < len(groups)

    def values(X: Floats) -> Floats:
        cells = X[:, numbers] * N_CELLS
        below = np.minimum(cells.astype(np.intp), N_CELLS - 1)
        share = (cells - below)[:, :, None]
        between = table[places, below] * (1.0 - share) + table[places, below + 1] * share
        total = between.sum(axis=1).T
        return total + (constant + slopes @ X.T) if has_categories else total

    return values


def _summed(first: Function, second: Function) -> Function:
    return lambda X: first(X) + second(X)


def _terms(groups: list[slice], theta: Floats) -> list[_Term]:
    """A kernel for each group alone, then one for all."""
    lengths, variances, shared, of_all, _ = _split(np.exp(theta), len(groups))
    widths = [group.stop - group.start for group in groups]
    scales = _scales(groups)
    alone = [
        _Term(group, np.full(width, scale / length), variance, N_FEATURES_ALONE)
        for group, width, scale, length, variance in zip(
            groups, widths, scales, lengths, variances, strict=True
        )
    ]
    return [*alone, _Term(slice(None), np.repeat(scales / shared, widths), of_all, N_FEATURES)]


def _scales(groups: list[slice]) -> Floats:
    """Factor of each group, shape (G,): two choices of a category are at distance 1."""
    return np.array([np.sqrt(0.5) if group.stop - group.start > 1 else 1.0 for group in groups])


def _distances(groups: list[slice], X: Floats) -> Floats:
    """Distance of each pair of observations in each group, shape (G, P)."""
    scales = _scales(groups)
    return np.array([scale * pdist(X[:, g]) for scale, g in zip(scales, groups, strict=True)])


def _split(theta: Floats, n_groups: int) -> tuple[Floats, Floats, Floats, float, float]:
    """Lengths and variances of each group alone, lengths and variance of all, noise."""
    lengths, variances, shared = theta[:-2].reshape(3, n_groups)
    return lengths, variances, shared, float(theta[-2]), float(theta[-1])


def _rough(medians: Floats) -> Floats:
    """Hyperparameters of rough effects of single parameters, with little of all together."""
    n_groups = (len(medians) - 2) // 3
    rough = medians.copy()
    rough[:n_groups] = np.log(ROUGH_LENGTH)
    rough[-2:] = np.log([ROUGH_REST, ROUGH_NOISE])
    return rough


def _priors(n_groups: int) -> tuple[Floats, Floats, Floats]:
    """Medians and spreads of theta, shape (3 G + 2,), and its bounds, shape (3 G + 2, 2)."""
    variance = (1.0 / n_groups, VARIANCE_ALONE_SPREAD)
    shared = (LENGTH_OF_ALL[0] * n_groups**LENGTH_GROWTH, LENGTH_OF_ALL[1])
    each = [*[LENGTH] * n_groups, *[variance] * n_groups, *[shared] * n_groups]
    medians, spreads = np.array([*each, VARIANCE_OF_ALL, NOISE]).T
    bounds = [LENGTH_BOUNDS, VARIANCE_BOUNDS, LENGTH_BOUNDS]
    each = [bound for bound in bounds for _ in range(n_groups)]
    return np.log(medians), spreads, np.log([*each, VARIANCE_BOUNDS, NOISE_BOUNDS])
