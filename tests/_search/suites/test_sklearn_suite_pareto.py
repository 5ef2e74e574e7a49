"""scikit-learn's own tests of its searches, run on ``ParetoSearchCV`` with a second score."""

import pytest

from sktune import ParetoSearchCV
from tests._search.suites.sklearn_suite import routing_tests, search_tests

# What scikit-learn's tests warn of is theirs to judge, as in their own runs.
pytestmark = pytest.mark.filterwarnings("ignore")

EXCLUDED: dict[str, str] = {}


def with_second_score(estimator, space, *, scoring=None, refit=True, **kwargs):
    """A search with the score of the test, by which the setting is refitted, and one more."""
    if scoring is None or isinstance(scoring, str) or callable(scoring):
        scoring = {"score": scoring, "n_features": "n_features"}
        refit = "score" if refit is True else refit
    return ParetoSearchCV(estimator, space, scoring=scoring, refit=refit, **kwargs)


with_second_score.__name__ = "ParetoSearchCV"

globals().update(
    {name: test for name, test in search_tests(with_second_score).items() if name not in EXCLUDED}
)
globals().update(routing_tests(with_second_score))
