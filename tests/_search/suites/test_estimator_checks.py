"""scikit-learn's estimator checks on the searches; none is expected to fail."""

import pytest
from scipy.stats import loguniform
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sktune
from tests._estimator_checks import parametrize_with_named_checks

NAMES = [n for n in sktune.__all__ if n.endswith("SearchCV") and not n.startswith("Base")]
SEARCHES = [getattr(sktune, name) for name in NAMES]
ESTIMATORS = [
    (LogisticRegression(), "C"),
    (Ridge(), "alpha"),
    (make_pipeline(StandardScaler(), LogisticRegression()), "logisticregression__C"),
]

# A search for trade-offs needs two scores; a time would differ from fit to fit.
OPTIONS = {"ParetoSearchCV": {"scoring": {"score": None, "n_features": "n_features"}}}

# The checks provoke failing fits and tiny classes, of which the searches rightly warn.
pytestmark = pytest.mark.filterwarnings("ignore")


@parametrize_with_named_checks(
    [
        search(
            estimator,
            {name: loguniform(1e-2, 1e2)},
            n_iter=2,
            cv=2,
            random_state=0,
            **OPTIONS.get(search.__name__, {}),
        )
        for search in SEARCHES
        for estimator, name in ESTIMATORS
    ]
)
def test_estimator_checks(estimator, check):
    check(estimator)
