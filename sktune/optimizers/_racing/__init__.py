"""Racing: which candidates lose their remaining folds because they can no longer win."""

from ._race import Race
from ._rule import RacingRule

__all__ = ["Race", "RacingRule"]
