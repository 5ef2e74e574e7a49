"""Search spaces: what ``RandomizedSearchCV`` and ``GridSearchCV`` take, as a unit cube."""

from ._distributions import log_randint
from ._space import SearchSpace

__all__ = ["SearchSpace", "log_randint"]
