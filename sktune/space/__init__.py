"""Search spaces as ``RandomizedSearchCV`` and ``GridSearchCV`` take them, as a unit cube."""

from ._distributions import log_randint
from ._known_spaces._suggest import suggest_space
from ._part_weights import PartWeights
from ._space import SearchSpace

__all__ = ["PartWeights", "SearchSpace", "log_randint", "suggest_space"]

# Their public home, so that pickles and documentation do not name a private module.
for _public in (
    PartWeights,
    SearchSpace,
    log_randint,
    suggest_space,
):
    _public.__module__ = __name__
del _public
