"""The learning curves of a search: what the estimators reported, as an array."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import uniform
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline

from sktune import BayesSearchCV
from sktune.inspection import epoch_curves
from tests.contracts.search_contract import Recorder, Reporting, rows

NAN = np.nan


class Search(BaseEstimator):
    """Stands for a fitted search with any reports."""

    def __init__(self, reports, best_index=0):
        self.cv_results_ = {}
        self.fit_reports_ = reports
        if best_index is not None:
            self.best_index_ = best_index

    def fit(self, X, y):
        return self


def fold(name="", **curves):
    return {name: {"history": curves, "best_epoch": 1}}


def test_curves_of_all_fits_with_nan_where_there_is_none():
    reports = [
        [fold(val_loss=[3.0, 2.0, 1.0], loss=[9.0]), fold(val_loss=[4.0, 5.0])],
        [None, {"": {"best_epoch": 3}}],
        [fold(loss=[8.0]), fold(val_loss=[NAN, np.inf])],
    ]
    found = epoch_curves(Search(reports, best_index=2))
    assert (found.metric, found.best_index) == ("val_loss", 2)
    nothing = [NAN, NAN, NAN]
    assert_array_equal(
        found.curves,
        [[[3, 2, 1], [4, 5, NAN]], [nothing, nothing], [nothing, [NAN, np.inf, NAN]]],
    )
    assert_array_equal(epoch_curves(Search(reports), "loss").curves[:, 0, 0], [9, NAN, 8])


def test_a_search_without_a_best_candidate():
    found = epoch_curves(Search([[fold(val_loss=[1.0])]], best_index=None))
    assert found.best_index is None


def test_the_one_of_several_estimators():
    both = [[{**fold("a", loss=[1.0], val_loss=[2.0]), **fold("b", loss=[3.0])}]]
    assert epoch_curves(Search(both)).curves == [[[2.0]]]
    assert epoch_curves(Search(both), "loss", "b").curves == [[[3.0]]]
    with pytest.raises(ValueError, match=r"name must be one of \['a', 'b'\], got None"):
        epoch_curves(Search(both), "loss")
    with pytest.raises(ValueError, match=r"name must be one of \['a'\], got 'b'"):
        epoch_curves(Search(both), name="b")


def test_unknown_metric():
    with pytest.raises(ValueError, match=r"metric must be one of \['loss'\], got 'val_loss'"):
        epoch_curves(Search([[None, fold(loss=[1.0])]]))


@pytest.mark.parametrize(
    "search",
    [
        GridSearchCV(Recorder(), {"level": [1.0, 2.0]}, cv=2),
        BayesSearchCV(Recorder(), {"level": [1.0, 2.0]}, cv=2, n_iter=2),
    ],
)
def test_a_search_without_reports(search):
    search = clone(search).fit(*rows())
    with pytest.raises(ValueError, match=r"no learning curves.*early_stopping=True.*fit_reports_"):
        epoch_curves(search)


def test_a_search_that_is_not_fitted():
    with pytest.raises(NotFittedError):
        epoch_curves(BayesSearchCV(Reporting(), {"level": uniform()}))


@pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")
def test_of_a_real_search():
    pipeline = Pipeline([("model", Reporting())])
    search = BayesSearchCV(pipeline, {"model__level": uniform()}, n_iter=4, cv=3, random_state=0)
    found = epoch_curves(search.fit(*rows()))
    assert found.curves.shape[:2] == (4, 3)
    assert found.best_index == search.best_index_
    for curves, folds in zip(found.curves, search.fit_reports_, strict=True):
        for curve, report in zip(curves, folds, strict=True):
            history = report["model"]["history"]["val_loss"]
            assert_array_equal(curve[~np.isnan(curve)], history)
