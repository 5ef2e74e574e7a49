"""What is no estimator is refused before any fit, in scikit-learn's words."""

import inspect

import pytest
from scipy.stats import loguniform
from sklearn.linear_model import Ridge

import sktune
from tests.inspection._searches import X, y


class OnlyFits:
    """Has ``fit`` and ``score``, and no parameters."""

    def fit(self, X, y):
        raise AssertionError("was fitted")

    def score(self, X, y):
        return 0.0


NAMED = [getattr(sktune, name) for name in sktune.__all__ if name.endswith("SearchCV")]
SEARCHES = [search_class for search_class in NAMED if not inspect.isabstract(search_class)]


@pytest.mark.parametrize("search_class", SEARCHES)
@pytest.mark.parametrize(
    ("estimator", "message"),
    [(Ridge, "class|instance"), (OnlyFits(), "does not implement a 'get_params' method")],
)
def test_classes_and_what_has_no_parameters(search_class, estimator, message):
    scoring = {"scoring": ["r2", "max_error"]} if "Pareto" in search_class.__name__ else {}
    search = search_class(estimator, {"alpha": loguniform(1e-3, 1.0)}, n_iter=3, **scoring)
    with pytest.raises(TypeError, match=message):
        search.fit(X, y)
