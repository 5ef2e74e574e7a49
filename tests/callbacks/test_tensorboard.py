"""TensorBoard's files, read back by its own multiplexer and its HParams page."""

import subprocess
import sys

import numpy as np
import pytest
import sklearn

from sktune import BayesSearchCV
from sktune._sklearn_compat import HAS_CALLBACKS
from sktune.callbacks import TensorBoardTracker, log_search
from sktune.exceptions import MissingDependencyError
from tests.callbacks._followed import CASES, follow
from tests.inspection._searches import SPACE, Quick, X, searches, y

# Small budgets end on the edge of a range.
pytestmark = pytest.mark.filterwarnings("ignore::sktune.exceptions.EdgeOfRangeWarning")

pytest.importorskip("tensorboard", reason="tensorboard is not installed (extra tensorboard)")

needs_callbacks = pytest.mark.skipif(
    not HAS_CALLBACKS, reason=f"scikit-learn {sklearn.__version__} calls no callbacks (1.9)"
)


@pytest.fixture
def multiplexer():
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "tensorflow", None)
        from tensorboard.backend.event_processing import plugin_event_multiplexer as module

        yield module.EventMultiplexer


def read(multiplexer, folder):
    found = multiplexer().AddRunsFromDirectory(str(folder))
    found.Reload()
    return found


def values(found, run, tag):
    """Numbers of a curve, by step."""
    tensors = found.Tensors(run, tag)
    from tensorboard.util.tensor_util import make_ndarray

    return {event.step: float(make_ndarray(event.tensor_proto)) for event in tensors}


def hparams(found, run, tag):
    from tensorboard.plugins.hparams import metadata

    content = found.SummaryMetadata(run, tag).plugin_data.content
    kinds = {
        metadata.EXPERIMENT_TAG: metadata.parse_experiment_plugin_data,
        metadata.SESSION_START_INFO_TAG: metadata.parse_session_start_info_plugin_data,
        metadata.SESSION_END_INFO_TAG: metadata.parse_session_end_info_plugin_data,
    }
    return kinds[tag](content)


@pytest.mark.parametrize("case", CASES)
def test_every_candidate_is_a_session(multiplexer, tmp_path, case):
    from tensorboard.plugins.hparams import api_pb2, metadata

    folder = tmp_path / "logs"
    search = follow(TensorBoardTracker(folder), case, tmp_path)
    found, results = read(multiplexer, folder), search.cv_results_
    first = 3 if case == "resumed" else 0
    rows = range(first, len(results["params"]))
    assert set(found.Runs()) == {".", *(f"candidate_{row:05d}" for row in rows)}
    for row in rows:
        run = f"candidate_{row:05d}"
        started = hparams(found, run, metadata.SESSION_START_INFO_TAG)
        own = results["params"][row]
        assert started.hparams["C"].number_value == pytest.approx(own["C"], rel=1e-5)
        assert started.hparams["fit_intercept"].bool_value is own["fit_intercept"]
        mean = results["mean_test_score"][row]
        ended = hparams(found, run, metadata.SESSION_END_INFO_TAG)
        assert ended.end_time_secs >= started.start_time_secs
        if np.isfinite(mean):
            assert values(found, run, "mean_score")[0] == pytest.approx(mean, rel=1e-6)
            folds = values(found, run, "folds/score")
            assert list(folds.values()) == pytest.approx(
                [results[f"split{i}_test_score"][row] for i in range(3)], rel=1e-6
            )
            assert list(values(found, run, "curves/val_loss")) == [1, 2, 3]
        has_failed = case == "failing" and own["C"] > 5.0
        assert ended.status == (api_pb2.STATUS_FAILURE if has_failed else api_pb2.STATUS_SUCCESS)
    experiment = hparams(found, ".", metadata.EXPERIMENT_TAG)
    assert {info.name for info in experiment.hparam_infos} == set(SPACE)
    (interval,) = [i.domain_interval for i in experiment.hparam_infos if i.name == "C"]
    assert (interval.min_value, interval.max_value) == pytest.approx((1e-3, 1e2), rel=0.02)
    best = values(found, ".", "best_so_far")
    if case == "plain":
        assert max(best.values()) == pytest.approx(search.best_score_, rel=1e-6)


def test_a_search_is_logged_afterwards(multiplexer, tmp_path):
    search = BayesSearchCV(Quick(), SPACE, n_iter=4, cv=3, random_state=0).fit(X, y)
    log_search(search, TensorBoardTracker(tmp_path))
    assert len(read(multiplexer, tmp_path).Runs()) == 5


@needs_callbacks
@pytest.mark.parametrize("kind", ["randomized", "grid"])
def test_the_page_has_the_parameters_of_scikit_learn_s_searches(multiplexer, tmp_path, kind):
    from tensorboard.plugins.hparams import metadata

    search = searches()[kind]
    search.set_callbacks(TensorBoardTracker(tmp_path)).fit(X, y)
    experiment = hparams(read(multiplexer, tmp_path), ".", metadata.EXPERIMENT_TAG)
    assert {info.name for info in experiment.hparam_infos} == set(search.cv_results_["params"][0])


CODE = """
import sys, tempfile
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sktune.callbacks import TensorBoardTracker, log_search
search = GridSearchCV(Ridge(), {"alpha": [1.0, 2.0]}, cv=2).fit([[0.0], [1.0]] * 4, [0.0, 1.0] * 4)
log_search(search, TensorBoardTracker(tempfile.mkdtemp()))
print("tensorflow" in sys.modules)
"""


@pytest.mark.slow
def test_tensorflow_is_not_imported():
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr


def test_without_tensorboard(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "tensorboard.summary.writer.record_writer", None)
    with pytest.raises(MissingDependencyError, match=r"\[tensorboard\]"):
        TensorBoardTracker(tmp_path)
