"""scikit-learn's own tests of its searches, run on ``ParetoSearchCV`` with a second score."""

import pytest

from sktune import ParetoSearchCV
from tests._search.suites.sklearn_suite import routing_tests, search_tests

# What scikit-learn's tests warn of is theirs to judge, as in their own runs.
pytestmark = pytest.mark.filterwarnings("ignore")

_TABLE = "compares all columns of cv_results_, in which those of the second score stand as well"
_ONE_SCORE = "is about a search with one score: its printed line, or a best setting without refit"
_CALLABLE = "a callable that returns several scores: their names are not known before the first fit"
_RULE = "expects the message of a search in which `refit` must be a metric; here it may be a rule"

EXCLUDED = {
    "test_grid_search_cv_results": _TABLE,
    "test_random_search_cv_results": _TABLE,
    "test_grid_search_cv_results_multimetric": _TABLE + "; and has a `refit` that is no metric",
    "test_random_search_cv_results_multimetric": _TABLE + "; and has a `refit` that is no metric",
    "test_no_refit": _ONE_SCORE + "; " + _RULE,
    "test_unsupported_sample_weight_scorer": "sets one score by set_params",
    "test_grid_search_failing_classifier": _ONE_SCORE,
    "test_search_cv_verbose_3": _ONE_SCORE,
    "test_callable_multimetric_confusion_matrix": _CALLABLE,
    "test_callable_multimetric_same_as_list_of_strings": _CALLABLE,
    "test_callable_single_metric_same_as_single_string": _RULE,
    "test_callable_multimetric_error_on_invalid_key": _CALLABLE,
    "test_callable_multimetric_error_failing_clf": _CALLABLE,
}


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
