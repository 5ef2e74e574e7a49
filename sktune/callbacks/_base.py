"""``BaseTracker``: hears a search in the caller's thread and writes in a thread of its own."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sklearn.model_selection import ParameterGrid

from .._records._events import FitEnded, FoldEnded, SearchBegan, SearchEvent
from ..exceptions import TrackerWarning
from ._mailbox import Mailbox
from ._replay import events_of

# Seconds that the end of a fit waits for a tracker.
DRAIN = 30.0

# What scikit-learn calls the tasks of its searches.
FIT, FOLD = "fit", "candidate-split-evaluation"


class BaseTracker:
    """Base class of the callbacks that follow a search; for one of your own.

    A subclass has ``_write(event)``, which is called in a thread of its own with each event, in
    their order, and may take its time and fail. Events are those of a search of this package; of
    scikit-learn's own searches (1.9 and later) folds are counted while they run in this process,
    and the candidates come at the end.

    Parameters
    ----------
    drain : float, default=30.0
        Seconds that the end of a fit waits for what is still to be written, at most.
    """

    # Of the class: a copy in a worker, or from a pickle, has nothing and does nothing.
    _mailbox: Mailbox | None = None
    _search: Any = None
    _is_working = False
    _has_warned = False
    drain = DRAIN

    def __init__(self, *, drain: float = DRAIN) -> None:
        if not drain >= 0:
            raise ValueError(f"drain must be a number of seconds, at least 0, got {drain!r}.")
        self.drain = drain
        self._is_working = True

    def _write(self, event: SearchEvent) -> None:
        """Take an event, in the tracker's thread; what it raises silences the tracker."""
        raise NotImplementedError(f"{type(self).__name__} has no _write(event).")

    def _begin(self, event: SearchBegan) -> None:
        """Forget an earlier search and look at what only the caller's thread can see."""

    def _finish(self) -> None:
        """After the last event, in the tracker's thread."""

    def on_search_event(self, event: Any) -> bool:
        """Take an event of a search, in the caller's thread.

        Parameters
        ----------
        event : object
            One of ``SearchBegan``, ``CandidateBegan``, ``FoldEnded``, ``CandidateEnded``,
            ``SearchEnded`` and ``FitEnded``.

        Returns
        -------
        bool
            Whether it wants to hear more of this search. One search is followed at a time: of
            others that run beside it nothing is told.
        """
        if not self._is_working:
            return False
        if isinstance(event, SearchBegan) and self._mailbox is None:
            self._search, self._has_warned = event.search, False
            self._begin(event)
            self._mailbox = Mailbox(self._write, self._finish, type(self).__name__)
        if self._mailbox is None:
            return False
        if isinstance(event, SearchBegan | FitEnded) and event.search is not self._search:
            return False
        self._mailbox.put(event)
        self._warn_of_error()
        return True

    def setup(self, estimator: Any, context: Any) -> None:
        """Before the fit; nothing to do."""

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Take the beginning of a search of scikit-learn's."""
        if self._is_working and context.task_name == FIT and _is_foreign_search(estimator):
            with self._unharmed():
                self.on_search_event(SearchBegan(estimator, time.time(), _n_candidates(estimator)))

    def on_fit_task_end(self, estimator: Any, context: Any) -> None:
        """Count a fold of a search of scikit-learn's, and take its candidates at the end."""
        if not self._is_working or not _is_foreign_search(estimator):
            return
        if context.task_name == FOLD and self._mailbox is not None:
            self.on_search_event(FoldEnded(None, time.time()))
        elif context.task_name == FIT and estimator is self._search:
            with self._unharmed():
                for event in events_of(estimator):
                    if not isinstance(event, SearchBegan):
                        self.on_search_event(event)

    def teardown(self, estimator: Any, context: Any) -> None:
        """After the fit: wait for what is still to be written, and warn if it is not."""
        if self._mailbox is None or estimator is not self._search:
            return
        mailbox, self._mailbox, self._search = self._mailbox, None, None
        n_left = mailbox.close(self.drain)
        if mailbox.error is not None:
            self._warn_of(mailbox.error)
        elif n_left:
            self._warn(
                f"{type(self).__name__} has not written {n_left} events within {self.drain:g} s. "
                "Send them with sktune.callbacks.log_search(search, tracker)."
            )
        elif mailbox.n_dropped:
            self._warn(
                f"{type(self).__name__} was too slow: {mailbox.n_dropped} events of single folds "
                "were dropped. Candidates are complete."
            )

    def __getstate__(self) -> dict[str, Any]:
        """Nothing: a worker needs none of it, and a pickled search holds no client."""
        return {}

    def __sklearn_clone__(self) -> BaseTracker:
        return self

    def __deepcopy__(self, memo: Any) -> BaseTracker:
        """The same: a client cannot be copied."""
        return self

    def _log(self, search: Any) -> None:
        """Write a fitted search in this thread; for ``log_search``."""
        if self._mailbox is not None:
            raise RuntimeError(f"This {type(self).__name__} follows another search just now.")
        for event in events_of(search):
            if isinstance(event, SearchBegan):
                self._begin(event)
            self._write(event)
        self._finish()

    @contextmanager
    def _unharmed(self) -> Iterator[None]:
        """In a hook of scikit-learn's an error would end the search."""
        try:
            yield
        except Exception as error:
            if isinstance(error, TrackerWarning):  # where warnings are errors
                raise
            self._warn_of(error)

    def _warn_of_error(self) -> None:
        if self._mailbox is not None and self._mailbox.error is not None:
            self._warn_of(self._mailbox.error)

    def _warn_of(self, error: BaseException) -> None:
        self._warn(
            f"{type(self).__name__} failed, and hears no more of this search: "
            f"{type(error).__name__}: {error}. Send the search afterwards with "
            "sktune.callbacks.log_search(search, tracker)."
        )

    def _warn(self, text: str) -> None:
        """Once for each search."""
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(text, TrackerWarning, stacklevel=3)


def _is_foreign_search(estimator: Any) -> bool:
    """Whether this is a search that tells no events."""
    is_search = hasattr(estimator, "_run_search") and hasattr(estimator, "cv")
    return is_search and not getattr(estimator, "_tells_events", False)


def _n_candidates(search: Any) -> int | None:
    """How many candidates a search of scikit-learn's will try; None of a halving one."""
    if hasattr(search, "factor"):
        return None
    most = getattr(search, "n_iter", None)
    space = getattr(search, "param_grid", getattr(search, "param_distributions", None))
    if space is None:
        return most
    branches = [space] if isinstance(space, Mapping) else space
    if any(hasattr(values, "rvs") for branch in branches for values in branch.values()):
        return most
    size = len(ParameterGrid(space))
    return size if most is None else min(most, size)
