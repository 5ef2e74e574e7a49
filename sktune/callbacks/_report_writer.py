"""``ReportWriter``: a report of a search, written again and again while it runs."""

from __future__ import annotations

import os
import warnings
from typing import Any

from .._records._events import FitEnded, SearchBegan, SearchEvent
from ..exceptions import TrackerWarning
from ..inspection._report import check_writable, make_report, read_source, write_atomically
from ._base import DRAIN, BaseTracker
from ._course import Course
from ._pace import Pace


class ReportWriter(BaseTracker):
    """Keeps a page about a running search up to date.

    Open the file in a browser: it reloads itself until the search has ended. Writing takes at most
    a hundredth of the time: where a page takes long to make, there are fewer of them. If the file
    cannot be written in between, a warning says so once, and the next one is tried.

    Parameters
    ----------
    path : str or path-like
        The page.
    every : float, default=30
        Seconds from one page to the next, at least.
    title : str, default=None
        As in :func:`sktune.inspection.search_report`.
    drain : float, default=30.0
        Seconds that the end of a fit waits for the last page, at most.

    Raises
    ------
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile, os
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearchCV
    >>> from sktune.callbacks import ReportWriter
    >>> path = os.path.join(tempfile.mkdtemp(), "report.html")
    >>> search = BayesSearchCV(SVC(), {"C": loguniform(1e-2, 1e3)}, n_iter=6, random_state=0)
    >>> search = search.set_callbacks(ReportWriter(path)).fit(*load_iris(return_X_y=True))
    >>> os.path.exists(path)
    True
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        every: float = 30.0,
        *,
        title: str | None = None,
        drain: float = DRAIN,
    ) -> None:
        super().__init__(drain=drain)
        if not every > 0:
            raise ValueError(f"every must be a number of seconds above 0, got {every!r}.")
        check_writable(path)
        self.path = os.fspath(path)
        self.every = every
        self.title = title
        self._could_not: OSError | None = None
        self._course: Course | None = None

    def _begin(self, event: SearchBegan) -> None:
        self._course, self._could_not = Course(event), None
        self._pace = Pace(self.every)
        self._has_last_page = False

    def _write(self, event: SearchEvent) -> None:
        if self._course is None:
            return
        self._course.add(event)
        if isinstance(event, FitEnded):
            self._save(read_source(event.search))
            self._has_last_page = True
        elif self._pace.is_due:
            with self._pace.work():
                self._save(self._course.source(), watch=self.every)

    def _finish(self) -> None:
        # An error has ended the search: nobody else tells the page that it no longer runs.
        if self._course is not None and not self._has_last_page:
            self._save(self._course.source(is_running=False))

    def _save(self, source: Any, watch: float | None = None) -> None:
        if source is None:
            return
        report = make_report(source, title=self.title, watch=watch)
        try:
            write_atomically(self.path, report.html)
        except OSError as error:
            self._could_not = self._could_not or error

    def _log(self, search: Any) -> None:
        super()._log(search)
        if self._could_not is not None:  # there is no other page to try
            raise self._could_not

    def teardown(self, estimator: Any, context: Any) -> None:
        """After the fit: wait for the last page."""
        is_followed = self._mailbox is not None and estimator is self._search
        super().teardown(estimator, context)
        if is_followed and self._could_not is not None:
            warnings.warn(
                f"ReportWriter could not write {self.path!r} at times: {self._could_not}",
                TrackerWarning,
                stacklevel=2,
            )
