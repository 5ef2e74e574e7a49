"""What asks a search to stop: a reason, Ctrl-C once, Ctrl-C twice."""

import signal
import threading

import pytest

from sktune._engine.stopping._request import StopRequest
from sktune._records import StopReason


def press_ctrl_c():
    signal.raise_signal(signal.SIGINT)


def test_the_first_reason_counts():
    request = StopRequest()
    assert request.reason is None
    request.set(StopReason.CALLBACK)
    request.set(StopReason.MAX_TIME)
    assert request.reason is StopReason.CALLBACK
    assert not request.is_interrupt


def test_ctrl_c_is_noted_where_nothing_runs_in_this_thread():
    request = StopRequest()
    request.set(StopReason.MAX_TIME)
    with request.on_interrupt(lambda: False):
        press_ctrl_c()
        assert request.is_interrupt
        assert not request.is_urgent


def test_ctrl_c_breaks_off_a_fold_of_this_thread():
    request = StopRequest()
    with request.on_interrupt(lambda: True):
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
        assert request.is_interrupt
        assert not request.is_urgent


def test_ctrl_c_a_second_time_leaves_at_once():
    request = StopRequest()
    with request.on_interrupt(lambda: False):
        press_ctrl_c()
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
        assert request.is_urgent


@pytest.mark.parametrize("error", [None, ValueError])
def test_the_handler_is_put_back(error):
    before = signal.getsignal(signal.SIGINT)
    try:
        with StopRequest().on_interrupt(lambda: False):
            assert signal.getsignal(signal.SIGINT) is not before
            if error is not None:
                raise error
    except ValueError:
        pass
    assert signal.getsignal(signal.SIGINT) is before


def test_a_handler_of_the_users_own_stays():
    def own(number, frame):
        heard.append(number)

    heard = []
    before = signal.signal(signal.SIGINT, own)
    request = StopRequest()
    try:
        with request.on_interrupt(lambda: True):
            press_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
    assert request.reason is None


def test_other_threads_leave_signals_alone():
    handlers = []

    def run():
        with StopRequest().on_interrupt(lambda: False):
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert handlers == [signal.getsignal(signal.SIGINT)]
