"""``HyperbandSearchCV``: the contract of all searches, and what is its own."""

from typing import ClassVar

from sktune import HyperbandSearchCV
from tests.contracts.search_contract import SearchContract


class TestContract(SearchContract):
    search_class = HyperbandSearchCV
    more_columns: ClassVar[set[str]] = {
        "resource",
        "parent",
        "n_splits_done",
        "mean_partial_test_score",
    }
