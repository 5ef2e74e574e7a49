"""Every distribution of scipy, with scipy's own test arguments, through both searches.

The reference is scipy: what is suggested lies in the support and has a density or a probability.
"""

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats
from scipy.stats._distr_params import distcont, distdiscrete

from sktune._records import Observation
from sktune.optimizers import AnnealingOptimizer, BayesOptimizer
from sktune.space import SearchSpace
from sktune.space._dimensions._discrete import NEGLIGIBLE
from tests.universe._sample import sampled

# Their inverse takes a tenth of a second for one value.
SLOW = {"studentized_range"}


def frozen(cases, loc, scale=None):
    """(id, frozen distribution) of scipy's list; those with a scale of their own get no other."""
    found = []
    for name, args in cases:
        distribution = getattr(stats, name) if isinstance(name, str) else name
        shown = f"{distribution.name}{len(found)}"
        if scale is None:
            found.append((shown, distribution(*args, loc=loc)))
        else:
            found.append((shown, distribution(*args, loc=loc, scale=scale)))
    return found


def truncated():
    """Cut to the middle, by a class of the user's own: scipy has no such distribution of old."""
    return [(f"cut {name}", Truncated(d)) for name, d in frozen(distcont, 0, 1)]


class Truncated:
    """What `distribution` gives between two of its quantiles."""

    def __init__(self, distribution, lower=0.2, upper=0.7):
        self.distribution, self.lower, self.upper = distribution, lower, upper

    def support(self):
        return tuple(self.distribution.ppf([self.lower, self.upper]))

    def cdf(self, value):
        return (self.distribution.cdf(value) - self.lower) / (self.upper - self.lower)

    def ppf(self, share):
        return self.distribution.ppf(self.lower + np.asarray(share) * (self.upper - self.lower))

    def pdf(self, value):
        return self.distribution.pdf(value) / (self.upper - self.lower)


def random_variables():
    """Of scipy's new kind, as far as this release makes them."""
    if not hasattr(stats, "make_distribution"):
        return []
    found = [
        ("Normal", stats.Normal(mu=1.0, sigma=2.0)),
        ("Uniform", stats.Uniform(a=1.0, b=3.0)),
        ("moved", 3.0 * stats.Normal() + 2.0),
        ("exp", stats.exp(stats.Normal())),
        ("truncate", stats.truncate(stats.Normal(), lb=0.0, ub=1.0)),
        ("mixture", stats.Mixture([stats.Normal(), stats.Normal(mu=5.0)], weights=[0.4, 0.6])),
    ]
    if hasattr(stats, "Binomial"):
        found.append(("Binomial", stats.Binomial(n=10, p=0.3)))
    return found


def made(name, args):
    """The random variable that scipy makes of an old distribution; None where it makes none."""
    generic = getattr(stats, name)
    shapes = generic.shapes.split(", ") if generic.shapes else []
    try:
        variable = stats.make_distribution(generic)(**dict(zip(shapes, args, strict=True)))
        return variable if np.isfinite(variable.icdf(0.5)) else None
    except Exception:
        return None


CONTINUOUS = frozen(distcont, 0, 1) + frozen(distcont, -3, 0.5)[::3] + truncated()[::3]
DISCRETE = frozen(distdiscrete, 0) + frozen(distdiscrete, -4)[::2]


def parametrized(cases, every):
    slow = [case for case in cases if any(name in case[0] for name in SLOW)]
    quick = sampled([case for case in cases if case not in slow], every)
    chosen = [pytest.param(d, id=name) for name, d in quick]
    chosen += [
        pytest.param(d, id=name, marks=pytest.mark.slow) for name, d in sampled(slow, len(cases))
    ]
    return pytest.mark.parametrize("distribution", chosen)


def quiet(function, *args):
    """What a function of scipy gives; it may warn of overflow on the way."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        return np.asarray(function(*args), dtype=float)


def suggestions(space, kind, n=20):
    """Values of 20 suggestions of a search, told a simple score."""
    optimizer = kind(space, seed=1)
    values = []
    for i in range(n):
        candidate = optimizer.ask(i / n)
        if candidate is None:
            break
        values.append(candidate.params["x"])
        score = -float(np.abs(np.array(candidate.point) - 0.3).sum())
        optimizer.tell(Observation(candidate, {"score": np.array([score])}, "complete"))
    return values


def tried(space):
    """200 random values, and those that each search suggests."""
    points = space.sample(200, np.random.default_rng(0))
    random = [params["x"] for params in space.inverse_transform(points)]
    searched = [suggestions(space, kind) for kind in (BayesOptimizer, AnnealingOptimizer)]
    return random, searched


def assert_there_and_back(space, values):
    points = space.transform([{"x": value} for value in values])
    back = [params["x"] for params in space.inverse_transform(points)]
    assert_allclose(back, values, rtol=1e-5, atol=1e-9)


@parametrized(CONTINUOUS, 8)
def test_continuous(distribution):
    space = SearchSpace.from_distributions({"x": distribution})
    assert (space.n_dims, space.size) == (1, np.inf)
    random, searched = tried(space)
    low, high = distribution.support()
    for values in [random, *searched]:
        assert all(type(value) is float and low <= value <= high for value in values)
        assert (quiet(distribution.pdf, values) > 0).all()
        assert len(set(values)) == len(values)
    assert [len(values) for values in searched] == [20, 20]
    assert_there_and_back(space, random)
    ends = [params["x"] for params in space.inverse_transform([[0.0], [1.0]])]
    assert_allclose(ends, quiet(distribution.ppf, [1e-3, 1 - 1e-3]), rtol=1e-6, atol=1e-12)


def brute_force(distribution):
    """Values of a discrete distribution, one by one from the definition."""
    low, high = distribution.support()
    lower = NEGLIGIBLE if np.isfinite(low) else 1e-3
    upper = NEGLIGIBLE if np.isfinite(high) else 1e-3
    first = low if np.isfinite(low) else distribution.ppf(1e-4)
    last = high if np.isfinite(high) else distribution.ppf(1 - 1e-4)
    values = np.arange(first, last + 1)
    below, above = distribution.cdf(values), distribution.sf(values - 1)
    is_there = (below > lower) & (above > upper) & (distribution.pmf(values) > 0)
    return values[is_there].astype(int).tolist()


@parametrized(DISCRETE, 3)
def test_discrete(distribution):
    space = SearchSpace.from_distributions({"x": distribution})
    expected = brute_force(distribution)
    assert space.size == len(expected)
    enumerated = space.inverse_transform(np.array(list(space.enumerate())))
    assert [params["x"] for params in enumerated] == expected
    random, searched = tried(space)
    assert all(type(value) is int for values in [random, *searched] for value in values)
    assert set(random) <= set(expected)
    for values in searched:
        assert set(values) <= set(expected)
        assert len(values) == len(set(values)) == min(20, len(expected))
    assert_there_and_back(space, random)
    drawn = distribution.rvs(size=200, random_state=0)
    space.transform([{"x": int(value)} for value in drawn])


@pytest.mark.parametrize("variable", [pytest.param(v, id=name) for name, v in random_variables()])
def test_random_variables(variable):
    check_random_variable(variable)


NAMED = [case for case in [*distcont, *distdiscrete] if isinstance(case[0], str)]


@pytest.mark.skipif(not hasattr(stats, "make_distribution"), reason="new in scipy 1.15")
@pytest.mark.parametrize("name, args", [c for c in sampled(NAMED, 24) if c[0] not in SLOW])
def test_made_random_variables(name, args):
    if (variable := made(name, args)) is not None:
        check_random_variable(variable)


def check_random_variable(variable):
    space = SearchSpace.from_distributions({"x": variable})
    low, high = variable.support()
    is_discrete = np.isfinite(space.size)
    kind, probability = (int, variable.pmf) if is_discrete else (float, variable.pdf)
    random, searched = tried(space)
    for values in [random, *searched]:
        assert all(type(value) is kind and low <= value <= high for value in values)
        assert (quiet(probability, np.array(values, dtype=float)) > 0).all()
    assert_there_and_back(space, random)
