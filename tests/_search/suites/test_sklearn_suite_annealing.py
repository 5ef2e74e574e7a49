"""scikit-learn's own tests of its searches, run on ``AnnealingSearchCV``."""

import pytest

from sktune import AnnealingSearchCV
from tests._search.suites.sklearn_suite import routing_tests, search_tests

# What scikit-learn's tests warn of is theirs to judge, as in their own runs.
pytestmark = pytest.mark.filterwarnings("ignore")

globals().update(search_tests(AnnealingSearchCV))
globals().update(routing_tests(AnnealingSearchCV))
