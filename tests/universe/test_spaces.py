"""Spaces that ``hypothesis`` makes: lists of all kinds, mixed with distributions, and branches.

The reference is ``ParameterSampler``: what it draws lies in the space, and is refused nowhere.
"""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from sklearn.model_selection import ParameterGrid
from sklearn.svm import SVC

from sktune._records import Done, Observation
from sktune.optimizers import AnnealingOptimizer, BayesOptimizer
from sktune.space import SearchSpace, log_randint
from sktune.space._dimensions._base import is_same
from tests.universe._sample import IS_WHOLE

examples = settings(
    max_examples=300 if IS_WHOLE else 25,
    suppress_health_check=list(HealthCheck),
)

NAMES = st.sampled_from(["alpha", "clf__C", "k", "steps", "z"])
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False),
    st.fractions().filter(lambda value: abs(value) < 10**6),
    st.sampled_from([10**400, np.float32(0.1), np.int8(3), Fraction(1, 3)]),
)
SCALARS = st.one_of(NUMBERS, st.none(), st.booleans(), st.text(max_size=3), st.just(float("nan")))
CHOICES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=2), inner, max_size=2),
    ),
    max_leaves=5,
)
LISTS = st.one_of(
    st.lists(CHOICES, min_size=1, max_size=6),
    st.lists(st.integers(-1000, 1000), min_size=1, max_size=40),
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=10),
    st.lists(st.tuples(*[st.integers(-3, 3)] * 3), min_size=1, max_size=20),
    st.lists(st.lists(st.floats(-10, 10), max_size=3), min_size=1, max_size=10),
    st.builds(range, st.integers(-5, 5), st.integers(6, 10**7), st.integers(1, 7)),
    st.integers(1, 2000).map(np.arange),
    st.integers(1, 300).map(lambda n: [f"choice {i}" for i in range(n)]),
    st.just([SVC(), SVC(C=2.0), None]),
)
POSITIVE = st.floats(1e-6, 1e6)
DISTRIBUTIONS = st.one_of(
    st.builds(stats.uniform, st.floats(-1e6, 1e6), POSITIVE),
    st.builds(lambda low, ratio: stats.loguniform(low, low * (1 + ratio)), POSITIVE, POSITIVE),
    st.builds(stats.norm, st.floats(-1e6, 1e6), POSITIVE),
    st.builds(lambda scale: stats.expon(scale=scale), POSITIVE),
    st.builds(stats.beta, st.floats(0.3, 20), st.floats(0.3, 20)),
    st.builds(
        lambda low, n: stats.randint(low, low + n),
        st.integers(-(10**9), 10**9),
        st.integers(1, 10**9),
    ),
    st.builds(
        lambda low, n: log_randint(low, low + n), st.integers(1, 1000), st.integers(0, 10**6)
    ),
    st.builds(stats.poisson, st.floats(0.01, 1e5)),
    st.builds(stats.binom, st.integers(1, 500), st.floats(0.01, 0.99)),
    st.builds(
        lambda values: stats.rv_discrete(values=(values, np.full(len(values), 1 / len(values)))),
        st.lists(st.integers(-100, 100), min_size=1, max_size=8, unique=True),
    ),
)
BRANCH = st.dictionaries(NAMES, st.one_of(LISTS, DISTRIBUTIONS), max_size=4)
SPACES = st.one_of(BRANCH, st.lists(BRANCH, min_size=1, max_size=3))


def equal(a, b):
    """Whether two settings are one, up to the rounding of floats on their way through the cube."""
    return a.keys() == b.keys() and all(
        is_same(value, b[name])
        or (
            isinstance(value, float)
            and isinstance(b[name], float)
            and np.isclose(value, b[name], rtol=1e-5, atol=1e-9)
        )
        for name, value in a.items()
    )


@pytest.mark.slow
@examples
@given(SPACES)
def test_what_randomized_search_draws_lies_in_the_space(distributions):
    space = SearchSpace.from_distributions(distributions)
    drawn = as_parameter_sampler(distributions, 5)
    points = space.transform(drawn)
    assert points.shape == (len(drawn), space.n_dims)
    assert ((points >= 0) & (points <= 1)).all()
    assert_allclose(space.snap(points), points, atol=1e-9)
    features = space.encode(points)
    assert ((features >= -1e-12) & (features <= 1 + 1e-12)).all()
    assert features.shape[1] == max([group.stop for group in space.feature_groups], default=0)
    keys = {space.key(point) for point in points}
    assert len(keys) <= len(drawn)


def as_parameter_sampler(distributions, n):
    """Settings as ``ParameterSampler`` draws them, which cannot count more than 2**63 of lists."""
    branches = distributions if isinstance(distributions, list) else [distributions]
    rng = np.random.RandomState(0)
    drawn = []
    for _ in range(n):
        branch = branches[rng.randint(len(branches))]
        drawn.append(
            {
                name: v.rvs(random_state=rng) if hasattr(v, "rvs") else v[rng.randint(len(v))]
                for name, v in sorted(branch.items())
            }
        )
    return drawn


@examples
@given(SPACES)
def test_points_to_settings_and_back(distributions):
    space = SearchSpace.from_distributions(distributions)
    points = space.sample(20, np.random.default_rng(0))
    found = space.inverse_transform(points)
    again = space.inverse_transform(space.transform(found))
    assert all(equal(a, b) for a, b in zip(found, again, strict=True))
    assert_allclose(space.snap(points), points, atol=1e-9)


@examples
@given(st.lists(LISTS.filter(lambda values: len(values) < 8), min_size=1, max_size=3))
def test_size_and_enumeration_against_the_grid(lists):
    grid = {f"p{i}": values for i, values in enumerate(lists)}
    space = SearchSpace.from_distributions(grid)
    expected = []
    for params in ParameterGrid(grid):
        if not any(all(is_same(params[name], e[name]) for name in grid) for e in expected):
            expected.append(params)
    points = list(space.enumerate())
    assert space.size == len(points) == len(expected)
    assert len({space.key(point) for point in points}) == len(points)
    found = space.inverse_transform(np.array(points).reshape(len(points), space.n_dims))
    assert all(any(equal(params, e) for e in expected) for params in found)
    assert space.n_listed == len(space.grid())


@pytest.mark.parametrize("kind", [BayesOptimizer, AnnealingOptimizer])
@settings(examples, max_examples=60 if IS_WHOLE else 5)
@given(SPACES)
def test_suggestions_are_distinct_settings_of_the_space(kind, distributions):
    space = SearchSpace.from_distributions(distributions)
    optimizer = kind(space, seed=0)
    keys, n_candidates = set(), 15
    for i in range(n_candidates):
        candidate = optimizer.ask(i / n_candidates)
        if isinstance(candidate, Done):
            break
        space.transform([candidate.params])
        keys.add(space.key(np.array(candidate.point)))
        score = -float(np.square(np.array(candidate.point) - 0.4).sum())
        optimizer.tell(Observation(candidate, {"score": np.array([score])}, "complete"))
    assert len(keys) == len(optimizer.observations)
    if space.size >= n_candidates and space.n_branches == 1:
        assert len(keys) == n_candidates
