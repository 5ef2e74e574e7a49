"""MLflow's autologging, muted while a search runs.

It patches ``fit`` of every estimator, so each fold that runs in this process would be logged as if
it were the result: on iris a search of 12 candidates took 79 s in place of 3 s, and left the
parameters of its first fold behind.
"""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...exceptions import TrackerWarning

# MLflow 3.17 has a context manager for it, but that one ends with "on", whatever was before.
_MODULE, _FLAG = "mlflow.utils.autologging_utils", "_AUTOLOGGING_GLOBALLY_DISABLED"

_has_warned = False

# Searches in threads of one process share the flag: the first to begin saves it, the last to end
# puts it back. Each on its own, one would save what another has set, and leave MLflow muted.
_lock = threading.Lock()
_n_running = 0
_before = False


@contextmanager
def muted_autologging() -> Iterator[None]:
    """Autologging is off inside, and afterwards as it was; MLflow is never imported for it."""
    module = sys.modules.get(_MODULE)
    if module is None or not hasattr(module, _FLAG):
        yield
        return
    _mute(module)
    try:
        yield
    finally:
        _unmute(module)


def _mute(module: Any) -> None:
    global _n_running, _before
    with _lock:
        if _n_running == 0:
            _before = getattr(module, _FLAG)
            _warn_once(module, _before)
        setattr(module, _FLAG, True)
        _n_running += 1


def _unmute(module: Any) -> None:
    global _n_running
    with _lock:
        _n_running -= 1
        if _n_running == 0:
            setattr(module, _FLAG, _before)


def _warn_once(module: Any, is_disabled: bool) -> None:
    """Say what to use instead, if autologging would have logged anything."""
    global _has_warned
    known = getattr(module, "AUTOLOGGING_INTEGRATIONS", {})
    is_on = "sklearn" in known and not known["sklearn"].get("disable", False)
    if _has_warned or is_disabled or not is_on:
        return
    _has_warned = True
    warnings.warn(
        "mlflow.sklearn.autolog() is muted while a search runs: it would log each fold as if it "
        "were the result. Use search.set_callbacks(sktune.callbacks.MLflowTracker()).",
        TrackerWarning,
        stacklevel=8,
    )
