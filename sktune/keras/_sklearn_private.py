"""Private names of scikit-learn that this sub-package uses."""

# To be merged into sktune._sklearn_compat, the one file with such names.
from sklearn.base import _fit_context as fit_context
from sklearn.utils._param_validation import Interval, StrOptions

__all__ = ["Interval", "StrOptions", "fit_context"]
