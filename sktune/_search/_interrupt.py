"""What a search does once it has been stopped early."""

from __future__ import annotations

import sys
import warnings

from .._records import StopReason
from ..exceptions import SearchInterruptedWarning

# How the user, or a callback of theirs, stopped a search.
_HOW = {
    StopReason.INTERRUPTED: "interrupted",
    StopReason.STOPPED: "stopped by stop()",
    StopReason.CALLBACK: "stopped by a callback",
}

# Modules in the call stack of code that fits estimators in a loop of its own.
_LOOPS = ("joblib.parallel", "sktune._search._fold")


def end_in_order(stop_reason: StopReason | None, n_complete: int) -> None:
    """Warn of an early stop, or pass Ctrl-C on to an outer loop.

    Raises
    ------
    KeyboardInterrupt
        After Ctrl-C, if the search is one fit of another search or of a cross-validation, which
        must stop as well.
    """
    if stop_reason not in _HOW:
        return
    if stop_reason is StopReason.INTERRUPTED and runs_inside_a_loop():
        raise KeyboardInterrupt
    warnings.warn(
        f"The search was {_HOW[stop_reason]}: the best of {n_complete} complete candidates is "
        "taken.",
        SearchInterruptedWarning,
        stacklevel=5,
    )


def runs_inside_a_loop() -> bool:
    """Whether this code was called by a fold of a search, or by a task of joblib's."""
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__") in _LOOPS:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
