"""scikit-learn's own tests of its searches, run on ``HyperbandSearchCV``."""

import pytest

from sktune import HyperbandSearchCV
from tests._search.suites.sklearn_suite import routing_tests, search_tests
from tests.universe._sample import sampled

# What scikit-learn's tests warn of is theirs to judge, as in their own runs.
pytestmark = pytest.mark.filterwarnings("ignore")

# They want no more columns in cv_results_ than those of GridSearchCV; here are resource and parent.
COLUMNS = ("test_grid_search_cv_results", "test_random_search_cv_results")

# With few rows a search has one rung, and does what the others do: a sample will show it.
found = {k: v for k, v in search_tests(HyperbandSearchCV).items() if k not in COLUMNS}
globals().update({name: found[name] for name in sampled(sorted(found), 3)})
globals().update(routing_tests(HyperbandSearchCV))
