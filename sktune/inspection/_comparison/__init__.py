"""Whether the tuned estimator is better than another, or only luckier."""

from ._comparison import Comparison, compare_to_default
from ._intervals import half_width

__all__ = ["Comparison", "compare_to_default", "half_width"]
