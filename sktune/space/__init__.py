"""Search spaces: what ``RandomizedSearchCV`` and ``GridSearchCV`` take, as a unit cube."""

from ._distributions import log_randint
from ._space import SearchSpace

__all__ = ["SearchSpace", "log_randint"]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    SearchSpace,
    log_randint,
):
    _public.__module__ = __name__
del _public
