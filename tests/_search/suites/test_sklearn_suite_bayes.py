"""scikit-learn's own tests of its searches, run on ``BayesSearchCV``."""

import pytest

from sktune import BayesSearchCV
from tests._search.suites.sklearn_suite import routing_tests, search_tests

# What scikit-learn's tests warn of is theirs to judge, as in their own runs.
pytestmark = pytest.mark.filterwarnings("ignore")

globals().update(search_tests(BayesSearchCV))
globals().update(routing_tests(BayesSearchCV))
