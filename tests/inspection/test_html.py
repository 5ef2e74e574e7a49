"""The page that a notebook shows of a search."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import sklearn
from scipy.stats import uniform
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

from sktune import BayesSearchCV
from sktune.inspection import result_html
from tests.contracts.search_contract import Recorder, rows


@pytest.fixture(scope="module")
def fitted():
    return GridSearchCV(SVC(), {"C": [0.01, 1.0, 10.0]}).fit(*load_iris(return_X_y=True))


def test_result_is_there(fitted):
    page = result_html(fitted)
    mean = fitted.best_score_
    std = fitted.cv_results_["std_test_score"][fitted.best_index_]
    assert f"{mean:.4g} ± {std:.2g} over 5 folds" in page
    assert "C=10" in page
    assert "3 (15 fits)" in page


def test_page_is_well_formed_and_draws_every_candidate(fitted):
    page = ElementTree.fromstring(result_html(fitted))
    assert len(page.findall(".//circle")) == 3
    (line,) = page.findall(".//polyline")
    heights = [float(corner.split(",")[1]) for corner in line.get("points").split()]
    # Downwards is up in SVG: the best so far never rises on the page.
    assert heights == sorted(heights, reverse=True)


def test_parameters_are_escaped():
    kinds = ["<script>alert(1)</script>", "<b>"]
    search = BayesSearchCV(Recorder(), {"kind": kinds}, n_iter=2, cv=2).fit(*rows())
    page = search._repr_mimebundle_()["text/html"]
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_diagram_and_result_come_together(fitted):
    search = BayesSearchCV(Recorder(), {"level": [0.1, 0.2]}, n_iter=2, cv=2)
    unfitted = search._repr_html_()
    assert "BayesSearchCV" in unfitted
    assert "<svg width" not in unfitted
    search.fit(*rows())
    assert search._repr_html_().endswith(result_html(search))
    assert "stopped by n_iter" in search._repr_html_()


def test_plain_display_gives_no_html():
    search = BayesSearchCV(Recorder(), {"level": uniform()})
    with sklearn.config_context(display="text"):
        assert set(search._repr_mimebundle_()) == {"text/plain"}
        assert not hasattr(search, "_repr_html_")


def test_nothing_succeeded(fitted):
    results = {**fitted.cv_results_, "mean_test_score": np.full(3, np.nan)}
    search = sklearn.clone(fitted)
    search.cv_results_, search.n_splits_ = results, 5
    page = result_html(search)
    assert "3 failed" in page
    assert not re.search("<svg", page)
