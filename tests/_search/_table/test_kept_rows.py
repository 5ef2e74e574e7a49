"""What is kept of a fold, for every scorer that scikit-learn has."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import make_classification
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import get_scorer, get_scorer_names

from sktune._engine import History
from sktune._records import Candidate, FoldResult
from sktune._records._row_scores import Metric
from sktune._search._table._kept_rows import fold_log, n_samples, rows_of_fold
from sktune._sklearn_compat import scorer_parts

X, LABELS = make_classification(60, random_state=0)
NUMBERS = np.exp(X[:, 0])
THREE = np.arange(60) % 3


def kept(name, model, y):
    """Score of a model on the rows it was fitted to, and what is kept; None where it has none."""
    model, scorer = model.fit(X, y), get_scorer(name)
    try:
        score = float(scorer(model, X, y))
    except (ValueError, TypeError, AttributeError):
        return None
    return (score, rows_of_fold(scorer, model, X, y, score)) if np.isfinite(score) else None


@pytest.mark.filterwarnings("ignore")  # of metrics that do not suit the data
@pytest.mark.parametrize("name", get_scorer_names())
@pytest.mark.parametrize("kind", ["labels", "numbers", "three classes"])
def test_what_is_kept_gives_the_score(name, kind):
    model = LinearRegression() if kind == "numbers" else LogisticRegression()
    y = {"labels": LABELS, "numbers": NUMBERS, "three classes": THREE}[kind]
    found = kept(name, model, y)
    if found is None:
        return
    score, (rows, is_prediction) = found
    if rows is None:
        # Of three classes, probabilities are no single number; other metrics take no predictions.
        assert kind != "numbers" or "rand" in name or "info" in name or name.endswith("_score")
        return
    assert rows.dtype == np.float32
    if is_prediction:
        metric = Metric(*scorer_parts(get_scorer(name), model))
        assert metric(y, rows) == pytest.approx(score, rel=1e-3, abs=1e-5)
    else:
        assert rows.astype(float).mean() == pytest.approx(score, rel=1e-4)


@pytest.mark.parametrize("name", ["accuracy", "neg_log_loss", "roc_auc", "f1", "average_precision"])
def test_rows_of_usual_metrics_are_kept(name):
    _, (rows, is_prediction) = kept(name, LogisticRegression(), LABELS)
    assert rows.shape == (60,)
    assert is_prediction == (name not in ("accuracy", "neg_log_loss"))


def test_rows_of_any_data():
    assert n_samples(X) == n_samples(X.tolist()) == 60


def test_the_log_leaves_out_folds_that_were_never_run():
    candidate = Candidate(0, {"x": 1}, (0.5,), 0, "random")
    history = History(2)
    history.start(candidate)
    run = FoldResult(0, 0, 0.5, None, 1.0, 0.1, worker="a")
    for fold in (run, replace(run, split=1, is_run=False, worker=None)):
        history.log.append((fold, 1.0, 2.0))
    log = fold_log(history)
    assert (log.candidates.tolist(), log.splits.tolist(), log.workers) == ([0], [0], ("a",))
