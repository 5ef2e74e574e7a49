"""``SearchProgress``: how far a search is, and what it has found, in one line."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np

from .._optional import require
from .._records._events import FitEnded, FoldEnded, SearchBegan, SearchEnded, SearchEvent
from ..inspection import explaining_model
from ..inspection._shown import escaped, number, seconds
from ._base import BaseTracker
from ._course import Course
from ._pace import Pace

DISPLAYS = ("auto", "bar", "lines", "notebook")

# Before so many candidates have ended there is no time left to be told.
MIN_CANDIDATES = 3

# Seconds between two lines of a bar, and between two fits of the model behind the expected score.
REDRAW, MODEL_EVERY = 0.2, 5.0

# A log gets a line for each such share of the search.
STEP = 0.1


class SearchProgress(BaseTracker):
    """Shows the best score so far and its candidate, what to expect of it, fits and time left.

    A bar in a terminal, a line every tenth of the search in a log file, and a bar in a notebook.

    Parameters
    ----------
    display : {"auto", "bar", "lines", "notebook"}, default="auto"
        ``"auto"``: whichever suits the place; lines where standard output is no terminal.
    file : file, default=None
        Where lines go; None: standard output.

    Raises
    ------
    ValueError
        If `display` is none of these.
    MissingDependencyError
        If a bar is wanted, or would suit, and rich is not installed.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearchCV
    >>> from sktune.callbacks import SearchProgress
    >>> search = BayesSearchCV(SVC(), {"C": loguniform(1e-2, 1e3)}, n_iter=4, random_state=0)
    >>> search = search.set_callbacks(SearchProgress("lines"))
    >>> search.fit(*load_iris(return_X_y=True))  # doctest: +SKIP
    100 %  20 fits  best 0.9867 (#2), expected 0.9812  done in 0.4 s
    """

    def __init__(self, display: str = "auto", *, file: Any = None) -> None:
        super().__init__()
        if display not in DISPLAYS:
            raise ValueError(f"display must be one of {list(DISPLAYS)}, got {display!r}.")
        self.display = display
        self.file = file
        self._kind = _suitable(file) if display == "auto" else display
        if self._kind == "bar":
            require("rich.progress", "progress", "SearchProgress in a terminal")
        if self._kind == "notebook":
            require("IPython.display", "progress", "SearchProgress in a notebook")

    def _begin(self, event: SearchBegan) -> None:
        self._course = Course(event)
        self._began = time.monotonic()
        self._expected: tuple[int, float] | None = None
        self._model_pace = Pace(MODEL_EVERY)
        self._drawn, self._next_share = -np.inf, STEP
        self._has_ended = False
        makers: dict[str, Callable[[Any], Any]] = {"bar": _Bar, "notebook": _Notebook}
        self._screen = makers.get(self._kind, _Lines)(self.file)

    def _write(self, event: SearchEvent) -> None:
        self._course.add(event)
        self._has_ended |= isinstance(event, SearchEnded | FitEnded)
        if self._model_pace.is_due:
            with self._model_pace.work():
                self._expect()
        if self._kind == "lines":
            if self.share >= self._next_share and not self._has_ended:
                self._next_share = STEP * (np.floor(self.share / STEP + 1e-9) + 1.0)
                self._screen.show(self.text(), self.share)
        elif isinstance(event, FoldEnded) and time.monotonic() - self._drawn >= REDRAW:
            self._drawn = time.monotonic()
            self._screen.show(self.text(), self.share)

    def _finish(self) -> None:
        self._expect()
        self._screen.show(self.text(), 1.0 if self._has_ended else self.share)
        self._screen.close()

    def _expect(self) -> None:
        """What a model of the scores expects of the best candidate."""
        source = self._course.source()
        if source is None or source.record.best_index is None:
            return
        with suppress(ValueError, np.linalg.LinAlgError):
            source.record._kept["is_warned"] = True
            model = explaining_model(source.record)
            best = source.record.best_index
            point = source.record.space.transform([source.record.settings[best]])
            self._expected = best, float(model.at(source.record.space.snap(point))[0])

    @property
    def share(self) -> float:
        """How much of the search is done, in [0, 1]: of its budget, or of its time."""
        began, course = self._course.began, self._course
        shares = [0.0]
        if began.n_units:
            shares.append(course.n_units / began.n_units)
        elif began.n_candidates and began.n_splits:
            saved = self.n_saved
            shares.append((course.n_folds + saved) / (began.n_candidates * began.n_splits))
        elif began.n_candidates:
            shares.append(len(course.ended) / began.n_candidates)
        if self._max_time is not None:
            shares.append((began.elapsed + self.elapsed) / self._max_time)
        return float(min(max(shares), 1.0))

    @property
    def elapsed(self) -> float:
        """Seconds since this session of the search began."""
        return time.monotonic() - self._began

    @property
    def n_saved(self) -> int:
        """Folds of dropped candidates that were not run."""
        n_splits = self._course.began.n_splits or 0
        saved = 0
        for observation in self._course.ended.values():
            if observation.status == "dropped":
                done = np.isfinite(self._course.scores(observation)).sum()
                saved += n_splits - int(done)
        return saved

    @property
    def n_failed(self) -> int:
        """Candidates that failed."""
        return sum(o.status == "failed" for o in self._course.ended.values())

    @property
    def time_left(self) -> float | None:
        """Seconds; None before three candidates have ended, or where nothing tells."""
        course, began = self._course, self._course.began
        n_ended = len(course.ended)
        if n_ended < MIN_CANDIDATES or not began.n_candidates or not began.n_splits:
            return None
        if began.n_units:
            n_left = max(began.n_units - course.n_units, 0.0)
            n_here = max(course.n_units - course.n_earlier_units, 1)
        else:
            # Folds that a candidate takes: fewer than it has where racing drops some.
            n_each = began.n_splits - self.n_saved / n_ended
            n_left = max(began.n_candidates * n_each - course.n_folds, 0.0)
            n_here = max(course.n_folds - course.n_earlier, 1)
        # By the wall clock, so workers side by side are counted.
        left = n_left * self.elapsed / n_here
        if self._max_time is not None:
            left = min(left, max(self._max_time - began.elapsed - self.elapsed, 0.0))
        return left

    @property
    def _max_time(self) -> float | None:
        return getattr(self._course.began.search, "max_time", None)

    def text(self) -> str:
        """The line."""
        course = self._course
        parts = [f"{self.share:.0%}".replace("%", " %"), f"{course.n_folds} fits"]
        if self._has_ended:
            parts[0] = "100 %"
        parts += [f"{self.n_saved} saved"] if self.n_saved else []
        parts += [f"{self.n_failed} candidates failed"] if self.n_failed else []
        if course.best is not None:
            best = f"best {number(course.best[1])} (#{course.best[0]})"
            if self._expected is not None and self._expected[0] == course.best[0]:
                best += f", expected {number(self._expected[1])}"
            parts.append(best)
        if self._has_ended:
            parts.append(f"done in {seconds(self.elapsed)}")
        elif self.time_left is not None:
            parts.append(f"{seconds(self.time_left)} left")
        return "  ".join(parts)


def _suitable(file: Any) -> str:
    """Which display suits the place."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if file is None and type(shell).__name__ == "ZMQInteractiveShell":
        return "notebook"
    stream = sys.stdout if file is None else file
    return "bar" if getattr(stream, "isatty", lambda: False)() else "lines"


class _Lines:
    """A line now and then, for logs."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def show(self, text: str, share: float) -> None:
        print(text, file=self._file or sys.stdout, flush=True)

    def close(self) -> None:
        """Nothing is open."""


class _Bar:
    """One line of a terminal, drawn anew."""

    def __init__(self, file: Any) -> None:
        console = require("rich.console", "progress", "SearchProgress").Console(file=file)
        rich = require("rich.progress", "progress", "SearchProgress")
        columns = (rich.BarColumn(24), rich.TextColumn("{task.description}", markup=False))
        self._progress = rich.Progress(*columns, console=console)
        self._task = self._progress.add_task("", total=1.0)
        self._progress.start()

    def show(self, text: str, share: float) -> None:
        self._progress.update(self._task, completed=share, description=text)

    def close(self) -> None:
        """Leave the last line."""
        self._progress.stop()


class _Notebook:
    """A bar of HTML, replaced in place."""

    def __init__(self, file: Any) -> None:
        ipython = require("IPython.display", "progress", "SearchProgress in a notebook")
        self._html = ipython.HTML
        self._handle = ipython.display(ipython.HTML(""), display_id=True)

    def show(self, text: str, share: float) -> None:
        bar = f'<progress value="{share:.3f}" max="1"></progress>'
        self._handle.update(self._html(f"<div>{bar} {escaped(text)}</div>"))

    def close(self) -> None:
        """The last one stays."""
