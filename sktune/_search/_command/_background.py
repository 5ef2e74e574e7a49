"""``Background``: models of searches that are watched, fitted while their pages are written."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor

from ...inspection._report import Explained, ReportSource, explain


class Background:
    """Fits models in one thread, so that no page waits for them.

    A page shows what the latest models say, which may know fewer candidates than the page has.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1)
        self._running: dict[str, Future[Explained]] = {}
        self._found: dict[str, Explained] = {}

    def begin(self, name: str, source: ReportSource) -> None:
        """Begin models of what a search has come to, unless earlier ones are being fitted."""
        if name not in self._running:
            self._running[name] = self._pool.submit(explain, source)

    def latest(self, name: str) -> Explained:
        """What is known of a search by now."""
        if self.has_news(name):
            self._found[name] = self._running.pop(name).result()
        return self._found.get(name, Explained())

    def has_news(self, name: str) -> bool:
        """Whether models have been fitted that no page shows yet."""
        return name in self._running and self._running[name].done()

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
