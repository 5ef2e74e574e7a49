"""How a search ends before its budget: by the clock, Ctrl-C, another thread, a callback."""

import _thread
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from multiprocessing.dummy import DummyProcess

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy.stats import uniform
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import cross_val_score

from sktune import AnnealingSearchCV, BayesSearchCV
from sktune.exceptions import SearchInterruptedWarning
from tests._search.test_faults import ctrl_c_heeded

# Much longer than it takes: only a test that fails ever waits for it.
TIMEOUT = 60
X, Y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2


class Scripted(ClassifierMixin, BaseEstimator):
    """Best where `a` is 0.4; `script` is called in the n-th fit of this process."""

    n_fits = 0
    lock = threading.Lock()

    def __init__(self, a=0.0, script=None):
        self.a = a
        self.script = script

    def fit(self, X, y):
        with Scripted.lock:  # or two threads would both be the sixth, and none the fifth
            n_fits = Scripted.n_fits = Scripted.n_fits + 1
        self.classes_ = np.unique(y)
        if self.script is not None:
            self.script(n_fits)
        return self

    def score(self, X, y):
        return 1 - (self.a - 0.4) ** 2


@pytest.fixture(autouse=True)
def count_anew():
    Scripted.n_fits = 0


@pytest.fixture(autouse=True)
def ctrl_c():
    with ctrl_c_heeded():
        yield


def search_with(script=None, kind=BayesSearchCV, **params):
    settings = {"n_iter": 6, "cv": 3, "random_state": 0, "initial_params": []} | params
    return kind(Scripted(script=script), {"a": uniform(0, 1)}, **settings)


def interrupt_in(*numbers):
    """Ctrl-C in these fits."""

    def script(n_fits):
        if n_fits in numbers:
            _thread.interrupt_main()
            time.sleep(TIMEOUT)

    return script


def n_done(search):
    """Folds that were run."""
    results = search.cv_results_
    return sum(np.isfinite(results[f"split{i}_test_score"]).sum() for i in range(3))


def is_dropped(search):
    return np.isnan(search.cv_results_["mean_test_score"])


@pytest.mark.parametrize("kind", [BayesSearchCV, AnnealingSearchCV])
def test_ctrl_c_keeps_what_is_complete(kind):
    whole = search_with(kind=kind).fit(X, Y)
    Scripted.n_fits = 0
    search = search_with(interrupt_in(8), kind)
    with pytest.warns(SearchInterruptedWarning, match="interrupted: the best of 2 complete"):
        search.fit(X, Y)
    assert search.stop_reason_ == "interrupted"
    assert_array_equal(search.cv_results_["n_splits_done"], [3, 3, 1])
    assert_array_equal(is_dropped(search), [False, False, True])
    assert_array_equal(
        search.cv_results_["param_a"][:2].astype(float),
        whole.cv_results_["param_a"][:2].astype(float),
    )
    assert search.best_index_ == np.nanargmax(search.cv_results_["mean_test_score"])
    assert search.best_estimator_.a == search.best_params_["a"]
    assert search.cv_results_["rank_test_score"][2] == 3
    assert not search.optimizer_.pending


def test_ctrl_c_in_the_first_candidate_completes_it():
    search = search_with(interrupt_in(2))
    with pytest.warns(SearchInterruptedWarning, match="best of 1 complete"):
        search.fit(X, Y)
    assert len(search.cv_results_["params"]) == 1
    assert not is_dropped(search).any()
    assert Scripted.n_fits == 3 + 1 + 1  # one fold again, and the refit


def test_a_second_ctrl_c_leaves_at_once_with_the_table():
    search = search_with(interrupt_in(2, 3))
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    assert Scripted.n_fits == 3
    assert_array_equal(search.cv_results_["n_splits_done"], [1])
    assert not hasattr(search, "best_estimator_")


def test_ctrl_c_in_the_refit_keeps_the_table():
    search = search_with(interrupt_in(19))
    with pytest.raises(KeyboardInterrupt):
        search.fit(X, Y)
    assert len(search.cv_results_["params"]) == 6
    assert search.best_score_ == max(search.cv_results_["mean_test_score"])
    assert not hasattr(search, "best_estimator_")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_ctrl_c_stops_the_loop_outside_as_well(n_jobs):
    search = search_with(lambda n: n == 5 and _thread.interrupt_main())
    before = set(threading.enumerate())
    with joblib.parallel_config("threading"), pytest.raises(KeyboardInterrupt):
        cross_val_score(search, X, Y, n_jobs=n_jobs)
    for thread in set(threading.enumerate()) - before:  # they would count fits of the next test
        if isinstance(thread, DummyProcess):
            thread.join(TIMEOUT)


def test_ctrl_c_stops_the_search_outside_in_order():
    inner = search_with(interrupt_in(40))
    outer = BayesSearchCV(inner, {"n_iter": [2, 3, 4]}, n_iter=2, cv=2, random_state=0)
    with pytest.warns(SearchInterruptedWarning) as caught:
        outer.fit(X, Y)
    assert [str(w.message)[:60] for w in caught if w.category is SearchInterruptedWarning] == [
        "The search was interrupted: the best of 1 complete candidate"
    ]
    assert outer.stop_reason_ == "interrupted"


def test_the_handler_of_the_user_stays():
    before = signal.getsignal(signal.SIGINT)
    search_with().fit(X, Y)
    assert signal.getsignal(signal.SIGINT) is before
    own = lambda number, frame: None  # noqa: E731
    signal.signal(signal.SIGINT, own)
    try:
        assert search_with(lambda n: n == 3 and _thread.interrupt_main()).fit(X, Y)
        assert signal.getsignal(signal.SIGINT) is own
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_stop_from_another_thread(n_jobs):
    search = search_with(n_iter=50)

    def script(n_fits):
        if n_fits == 10:
            thread = threading.Thread(target=search.stop)
            thread.start()
            thread.join()

    search.estimator.script = script
    with (
        joblib.parallel_config("threading"),
        pytest.warns(SearchInterruptedWarning, match=r"stopped by stop\(\)"),
    ):
        search.set_params(n_jobs=n_jobs).fit(X, Y)
    assert search.stop_reason_ == "stopped"
    assert 3 <= (~is_dropped(search)).sum() <= 5
    assert n_done(search) == Scripted.n_fits - 1  # none was lost


class StopAt:
    """A callback of scikit-learn that asks to stop at the end of a fold with this number."""

    def __init__(self, number):
        self.number = number

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context, **kwargs):
        pass

    def on_fit_task_end(self, estimator, context, **kwargs):
        is_fold = context.task_name == "candidate-split-evaluation"
        return is_fold and context.task_id >= self.number


@pytest.mark.parametrize("backend, n_jobs", [("loky", 1), ("loky", 2), ("threading", 2)])
def test_a_callback_may_stop_the_search(backend, n_jobs):
    pytest.importorskip("sklearn.callback", reason="scikit-learn before 1.9")
    search = search_with(n_iter=50, n_jobs=n_jobs)
    search.set_callbacks(StopAt(7))
    with (
        joblib.parallel_config(backend),
        pytest.warns(SearchInterruptedWarning, match="stopped by a callback"),
    ):
        search.fit(X, Y)
    assert search.stop_reason_ == "callback"
    # The eighth fold asked for it; a fold that waits may still have been run.
    assert 8 <= n_done(search) <= 8 + n_jobs
    assert 2 <= (~is_dropped(search)).sum() <= 4


def test_stop_without_a_search():
    search = search_with()
    search.stop()
    search.fit(X, Y).stop()
    assert search.stop_reason_ == "n_iter"
    assert pickle.loads(pickle.dumps(search)).best_params_ == search.best_params_
    assert not [name for name in vars(search) if name.startswith("_stop")]


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_max_time_completes_at_least_one(n_jobs):
    with joblib.parallel_config("threading"):
        search = search_with(max_time=1e-9, n_jobs=n_jobs).fit(X, Y)
    assert search.stop_reason_ == "max_time"
    assert len(search.cv_results_["params"]) == 1
    assert not is_dropped(search).any()
    assert Scripted.n_fits == 3 + 1


def test_progress_follows_the_clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    asked = []
    search = search_with(lambda n_fits: now.__setitem__(0, now[0] + 1), max_time=18, n_iter=100)
    make = search._make_optimizer

    def make_watched(*args, **kwargs):
        optimizer = make(*args, **kwargs)
        ask = optimizer.ask
        optimizer.ask = lambda progress, n_slots: asked.append(progress) or ask(progress, n_slots)
        return optimizer

    search._make_optimizer = make_watched
    search.fit(X, Y)
    np.testing.assert_allclose(asked, np.arange(6) * 3 / 18)
    assert search.stop_reason_ == "max_time"
    assert search.search_time_ == 18


@pytest.mark.parametrize("name", ["max_time", "fit_timeout"])
@pytest.mark.parametrize("value", [0, -1.0, "1 h"])
def test_bad_limits_are_refused_before_a_fit(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of BayesSearchCV"):
        search_with(**{name: value}).fit(X, Y)
    assert Scripted.n_fits == 0


class Noisy(Scripted):
    def score(self, X, y):
        noise = np.random.default_rng(int(X[0, 0])).normal()
        return -((self.a - 0.5) ** 2) * 0.01 + 0.2 * noise


def test_converged():
    """All that is left to gain is far below the noise."""
    search = search_with(n_iter=60, stop_when_converged=True, cv=5)
    search.estimator = Noisy()
    search.fit(X, Y)
    assert search.stop_reason_ == "converged"
    assert 20 <= len(search.cv_results_["params"]) < 60
    gain = search.optimizer_.remaining_gain()
    scores = [search.cv_results_[f"split{i}_test_score"][search.best_index_] for i in range(5)]
    assert 0 <= gain < np.sqrt((1 / 5 + 4 / 16) * np.var(scores, ddof=1))


def test_not_converged_where_folds_agree():
    search = search_with(n_iter=25, stop_when_converged=True).fit(X, Y)
    assert search.stop_reason_ == "n_iter"


def test_annealing_refuses_to_say_when_it_has_converged():
    with pytest.raises(ValueError, match=r"'stop_when_converged' .* AnnealingSearchCV"):
        search_with(kind=AnnealingSearchCV, stop_when_converged=True).fit(X, Y)
    assert Scripted.n_fits == 0


def test_an_error_keeps_the_table():
    def fail(n_fits):
        if n_fits == 8:
            raise RuntimeError("late")

    search = search_with(fail, error_score="raise")
    with pytest.raises(RuntimeError, match="late"):
        search.fit(X, Y)
    assert_array_equal(search.cv_results_["n_splits_done"], [3, 3, 1])


class Slow(Scripted):
    """Each fit takes a moment, and adds a byte to a file."""

    def fit(self, X, y):
        with open(os.environ["N_FITS"], "ab", buffering=0) as file:
            file.write(b".")
        time.sleep(0.02)
        return super().fit(X, y)


SCRIPT = """
import numpy as np
from scipy.stats import uniform
from sktune import BayesSearchCV
from tests._search.test_stopping import Slow, X, Y

search = BayesSearchCV(Slow(), {"a": uniform(0, 1)}, n_iter=100_000, cv=3, n_jobs=2)
search.fit(X, Y)
# Without the column no fold was running when it ended.
table = search.cv_results_
is_complete = table.get("n_splits_done", np.full(len(table["params"]), 3)) == 3
is_best = search.best_estimator_.a == search.best_params_["a"]
print(search.stop_reason_, is_complete.sum() > 3, is_best)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends SIGINT")
@pytest.mark.parametrize("send", [os.kill, os.killpg])
def test_ctrl_c_in_a_terminal(send, tmp_path):
    """To the process alone, and to its workers as well, as a terminal does."""
    fits = tmp_path / "fits"
    fits.touch()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SCRIPT],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.getcwd(), "N_FITS": str(fits)},
    )
    with process:
        while fits.stat().st_size < 30 and process.poll() is None:
            time.sleep(0.01)
        send(process.pid, signal.SIGINT)
        (line,) = process.stdout
    assert line == "interrupted True True\n"
    assert process.returncode == 0
