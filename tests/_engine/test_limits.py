"""The time limit of one fold, without a search; in worker processes: ``test_revival.py``."""

import os
import time
from pathlib import Path

import pytest

from sktune._engine._limits import TimeLimit
from sktune.exceptions import FitTimeoutError
from tests.contracts.executor_contract import make_task


@pytest.fixture
def limit(request):
    """One that no quick call meets, however busy the machine is; or of so many seconds."""
    limit = TimeLimit(getattr(request, "param", 1000.0))
    yield limit
    limit.close()


briefly = pytest.mark.parametrize("limit", [0.05], indirect=True)


def test_a_quick_call_gives_its_result(limit):
    assert limit.run(make_task(0), lambda: 7) == (7, False)


@briefly
def test_a_slow_call_is_broken_off_with_what_it_may_take(limit):
    def work():
        while True:
            time.sleep(0.001)

    with pytest.raises(FitTimeoutError, match=r"longer than fit_timeout=0.05 s"):
        limit.run(make_task(0), work)


@briefly
def test_a_call_that_catches_the_error_is_known_to_be_late(limit):
    def stubborn():
        try:
            while True:
                time.sleep(0.001)
        except FitTimeoutError:
            return "all the same"

    assert limit.run(make_task(0), stubborn) == ("all the same", True)


def test_an_error_of_the_call_is_its_own(limit):
    with pytest.raises(ZeroDivisionError):
        limit.run(make_task(0), lambda: 1 / 0)


def test_what_an_ended_worker_left_is_read_once_and_for_its_fold_alone(limit):
    Path(limit.folder, "3-1").write_text("File fit.py, line 5")
    assert limit.error_of(make_task(3, 0)) is None
    assert "Its worker was ended in\nFile fit.py, line 5" in str(limit.error_of(make_task(3, 1)))
    assert limit.error_of(make_task(3, 1)) is None


def test_a_worker_that_died_by_itself_left_nothing(limit):
    Path(limit.folder, "0-0").touch()
    assert limit.error_of(make_task(0, 0)) is None


def test_the_folder_goes_in_the_end(limit):
    limit.close()
    assert not os.path.exists(limit.folder)
    limit.close()
