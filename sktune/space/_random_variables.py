"""Random variables of scipy 1.15 and later, with the methods of its frozen distributions."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np


class RandomVariable:
    """A continuous random variable, such as ``scipy.stats.Normal(mu=1)``."""

    def __init__(self, variable: Any) -> None:
        self.variable = variable

    def __repr__(self) -> str:
        return repr(self.variable)

    def support(self) -> Any:
        """The ends of its support."""
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
    """A discrete random variable, such as ``scipy.stats.Binomial(n=5, p=0.5)``."""

    def pmf(self, value: Any) -> Any:
        """Probability of a value."""
        return self.variable.pmf(value)


def with_old_names(distribution: Any) -> Any:
    """The distribution itself, or a random variable wrapped as one."""
    if any(not hasattr(distribution, method) for method in ("icdf", "support", "sample")):
        return distribution
    return (DiscreteRandomVariable if _is_discrete(distribution) else RandomVariable)(distribution)


def _is_discrete(variable: Any) -> bool:
    """Whether single values have a probability; a continuous variable has a pmf of 0."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            return bool(np.any(np.asarray(variable.pmf(variable.icdf(0.5))) > 0))
    except Exception:  # in scipy 1.17 the pmf of a truncated normal recurses without end
        return False
