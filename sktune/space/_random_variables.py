"""Random variables of scipy 1.15 and later, under the names of its frozen distributions."""

from __future__ import annotations

from typing import Any

import numpy as np


class RandomVariable:
    """A continuous one, such as ``scipy.stats.Normal(mu=1)``."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def __repr__(self) -> str:
        return repr(self.variable)

    def support(self) -> Any:
        """Its ends."""
        return self.variable.support()

    def ppf(self, share: Any) -> Any:
        """Value at a probability."""
        return self.variable.icdf(share)

    def cdf(self, value: Any) -> Any:
        """Probability up to a value."""
        return self.variable.cdf(value)

    def rvs(self, random_state: np.random.RandomState) -> Any:
        """One draw."""
        return self.variable.sample(rng=np.random.default_rng(random_state.randint(2**31)))


class DiscreteRandomVariable(RandomVariable):
    """A discrete one, such as ``scipy.stats.Binomial(n=5, p=0.5)``."""

    def pmf(self, value: Any) -> Any:
        """Probability of a value."""
        return self.variable.pmf(value)


def with_old_names(distribution: Any) -> Any:
    """The distribution as it is, or a random variable under the names of one."""
    if any(not hasattr(distribution, method) for method in ("icdf", "support", "sample")):
        return distribution
    # Continuous ones have a pmf as well, which is 0 everywhere.
    probability = distribution.pmf(distribution.icdf(0.5)) if hasattr(distribution, "pmf") else 0.0
    is_discrete = bool(np.any(np.asarray(probability) > 0))
    return (DiscreteRandomVariable if is_discrete else RandomVariable)(distribution)
