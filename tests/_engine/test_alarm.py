"""An alarm that comes at any moment meets the call it was set for, or nothing."""

import _thread
import itertools
import signal
import sys
import threading
from types import SimpleNamespace

import pytest

from sktune._engine import _alarm
from sktune._engine._alarm import SIGNAL, Alarm
from sktune.exceptions import FitTimeoutError

# No clock rings in these tests, unless they say so.
NEVER = 1e6

in_both = pytest.mark.parametrize("in_main", [True, False], ids=["main thread", "other thread"])
on_posix = pytest.mark.skipif(SIGNAL is None, reason="needs signals")


@pytest.fixture
def no_watcher(monkeypatch):
    """Nothing rings by itself.

    In Python 3.11 an exception for a thread meets another one that it has started this moment.
    """

    def start(watch, arguments):
        watch.__self__._is_watched.release()

    monkeypatch.setattr(_alarm, "_thread", SimpleNamespace(start_new_thread=start))


def in_thread(call, is_main):
    """Result of ``call()``, made in this thread, which is the main one, or in another."""
    if is_main:
        return call()
    results = []
    thread = threading.Thread(target=lambda: results.append(outcome(call)))
    thread.start()
    thread.join()
    result = results[0]
    if isinstance(result, BaseException):
        raise result
    return result


def outcome(call):
    try:
        return call()
    except BaseException as error:
        return error


def from_outside(call):
    """Result of ``call()``, made in a thread of its own, as the watcher makes it."""
    results, is_done = [], threading.Lock()
    is_done.acquire()

    def run():
        results.append(call())
        is_done.release()

    _thread.start_new_thread(run, ())
    is_done.acquire()
    return results[0]


def do_something():
    """Lines on which an exception that is still under way would come."""
    for _ in range(100):
        int("1")
    return "done"


class Steps:
    """Calls ``act(n)`` before the n-th bytecode of the alarm that this thread runs."""

    hidden = frozenset({"_ring", "_send", "_on_signal", "_watch", "_raise_in_thread"})

    def __init__(self, act):
        self.act = act
        self.numbers = itertools.count()

    def __enter__(self):
        # CPython 3.11 tries a traced call again for as long as other threads ask for the GIL.
        self.interval = sys.getswitchinterval()
        sys.setswitchinterval(1000)
        self.before = sys.gettrace()
        sys.settrace(self.begin)

    def __exit__(self, *exception):
        sys.settrace(self.before)
        sys.setswitchinterval(self.interval)

    def begin(self, frame, event, argument):
        code = frame.f_code
        if code.co_filename != _alarm.__file__ or code.co_name in self.hidden:
            return None
        frame.f_trace_opcodes = True
        return self.step

    def step(self, frame, event, argument):
        if event == "opcode":
            self.act(next(self.numbers))
        return self.step


def run_with(act, alarm, call=do_something):
    """What an alarm's run ends with, where ``act(n)`` comes before its n-th bytecode."""
    with Steps(act):
        try:
            return alarm.run(call)
        except FitTimeoutError as error:
            return error


def n_steps():
    steps = []
    assert run_with(steps.append, Alarm(NEVER, "late")) == "done"
    assert len(steps) > 50
    return len(steps)


@in_both
def test_an_exception_at_any_moment(in_main, no_watcher):
    """Whenever it is sent, it meets the call or nothing; after that none can be sent."""

    def send_before(step):
        alarm = Alarm(NEVER, "late")
        rang = []

        def act(n):
            if n == step:
                rang.append(None)
                rang[0] = from_outside(alarm._ring)

        result = run_with(act, alarm)
        assert do_something() == "done"
        assert not from_outside(alarm._ring)
        return alarm, result

    def everything():
        before = signal.getsignal(SIGNAL) if SIGNAL else None
        ends = []
        for step in range(n_steps()):
            alarm, result = send_before(step)
            ends.append((alarm.has_expired, str(result)))
            assert isinstance(result, FitTimeoutError) or result == "done"
            assert alarm.has_expired or result == "done"
            assert SIGNAL is None or signal.getsignal(SIGNAL) is before
        return ends

    ends = in_thread(everything, in_main)
    # Before, in and after the call.
    assert {rang for rang, _ in ends} == {True, False}
    assert {result for _, result in ends} == {"done", "late" if in_main else ""}


class Gate:
    """Closed by who waits for it, which is the fold's thread; the watcher does not wait."""

    is_closed = True

    def acquire(self, blocking=True):
        is_free = not self.is_closed
        self.is_closed = self.is_closed or blocking
        return blocking or is_free

    def release(self):
        self.is_closed = False


class SlowAlarm(Alarm):
    """Its exception comes when the test says, unless it has been taken back."""

    is_under_way = False

    def __init__(self):
        super().__init__(NEVER, "late")
        self._gate = Gate()

    def _can_signal(self):
        return False

    def _send(self):
        self.is_under_way = True

    def _take_back(self):
        self.is_under_way = False

    def arrive(self):
        if self.is_under_way:
            self.is_under_way = False
            raise FitTimeoutError


def test_an_exception_that_is_long_under_way(no_watcher):
    """Sent before any bytecode and raised before any other, it meets the call or nothing."""

    def send_and_raise(sent, raised):
        alarm = SlowAlarm()

        def act(n):
            if n == sent:
                alarm._ring()
            if n >= raised:
                alarm.arrive()

        result = run_with(act, alarm)
        assert not alarm._ring()
        assert not alarm.is_under_way
        return result

    steps = range(n_steps())
    results = [
        str(send_and_raise(sent, raised))
        for sent, raised in itertools.combinations_with_replacement(steps, 2)
    ]
    assert set(results) == {"done", ""}


@in_both
def test_an_alarm_round_another(in_main, no_watcher):
    """The outer one may ring at any moment of the inner one."""

    def ring_outer_before(step):
        outer, inner = Alarm(NEVER, "outer"), Alarm(NEVER, "inner")

        def act(n):
            if n == step:
                from_outside(outer._ring)

        with pytest.raises(FitTimeoutError) as error:
            outer.run(lambda: (run_inner(act, inner), come_again(outer)))
        assert do_something() == "done"
        assert not from_outside(outer._ring)
        assert not from_outside(inner._ring)
        assert not inner.has_expired
        assert outer.has_expired
        return str(error.value)

    def run_inner(act, inner):
        with Steps(act):
            return inner.run(do_something)

    def come_again(outer):
        """What comes a second after an exception that the inner one took back."""
        from_outside(outer._ring)
        do_something()

    def everything():
        before = signal.getsignal(SIGNAL) if SIGNAL else None
        for step in range(n_steps()):
            assert ring_outer_before(step) == ("outer" if in_main else "")
            assert SIGNAL is None or signal.getsignal(SIGNAL) is before

    in_thread(everything, in_main)


@in_both
def test_code_that_catches_the_error_is_interrupted_again(in_main, monkeypatch):
    # Far longer than it takes to get into the `try`, and from the handler back into it.
    monkeypatch.setattr(_alarm, "REPEAT", 0.1)

    def stubborn():
        n_met = 0
        while n_met < 3:
            try:
                while True:
                    int("1")
            except FitTimeoutError:
                n_met += 1
        return n_met

    assert in_thread(lambda: Alarm(0.1, "late").run(stubborn), in_main) == 3


@in_both
def test_the_watcher_ends_with_the_call(in_main):
    def ended():
        alarm = Alarm(NEVER, "late")
        has_watched, watch = threading.Event(), alarm._watch
        alarm._watch = lambda: (watch(), has_watched.set())
        alarm.run(do_something)
        return has_watched

    assert in_thread(ended, in_main).wait()


@in_both
def test_an_error_of_the_call_is_its_own(in_main):
    with pytest.raises(ZeroDivisionError):
        in_thread(lambda: Alarm(NEVER, "late").run(lambda: 1 / 0), in_main)


@pytest.mark.parametrize("seconds", [1e-9, 1e300])
@in_both
def test_extreme_times(seconds, in_main):
    def wait():
        while seconds < 1:
            int("1")
        return "done"

    run = lambda: outcome(lambda: Alarm(seconds, "late").run(wait))  # noqa: E731
    result = in_thread(lambda: [run()], in_main)[0]
    assert isinstance(result, FitTimeoutError) if seconds < 1 else result == "done"


@on_posix
def test_what_the_user_set_stays():
    """Their timer runs, their handlers hear of their signals, in and after the call."""
    heard = []
    ours = {number: lambda n, frame: heard.append(n) for number in (signal.SIGALRM, SIGNAL)}
    before = {number: signal.signal(number, handler) for number, handler in ours.items()}
    signal.setitimer(signal.ITIMER_REAL, NEVER)
    try:

        def call():
            signal.raise_signal(signal.SIGALRM)
            signal.raise_signal(SIGNAL)
            return signal.getitimer(signal.ITIMER_REAL)[0] > 0

        assert Alarm(NEVER, "late").run(call)
        assert heard == [signal.SIGALRM, SIGNAL]
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
        assert {number: signal.getsignal(number) for number in ours} == ours
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


@on_posix
def test_a_handler_that_the_call_sets_stays():
    before = signal.getsignal(SIGNAL)
    handler = lambda number, frame: None  # noqa: E731
    try:
        Alarm(NEVER, "late").run(lambda: signal.signal(SIGNAL, handler))
        assert signal.getsignal(SIGNAL) is handler
    finally:
        signal.signal(SIGNAL, before)


@on_posix
def test_a_handler_that_python_cannot_restore_is_left_alone(monkeypatch, no_watcher):
    monkeypatch.setattr(signal, "getsignal", lambda number: None)
    alarm = Alarm(NEVER, "late")
    assert not alarm._uses_signal
    with pytest.raises(FitTimeoutError):
        alarm.run(lambda: (from_outside(alarm._ring), do_something()))
