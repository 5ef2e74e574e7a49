"""``search_report``: one page that tells everything about a search."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from .._comparison import Comparison
from .._shown import escaped
from ._advice import advice
from ._candidates import candidates
from ._explained import Explained, explain
from ._failures import failures
from ._files import check_writable, write_atomically
from ._numbers import Data, annealing, course, learning_curves, plain, repetition, summary
from ._sections import sections, sentence
from ._source import ReportSource, read_source
from ._times import times

# Of the page in a notebook, in CSS pixels.
NOTEBOOK_HEIGHT = 720

# Nothing from anywhere else: the page is one file, and runs its own script alone.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


class Report:
    """A report of a search, as :func:`search_report` makes it.

    A notebook shows the page.

    Parameters
    ----------
    data : dict
        All numbers of the report, as JSON can hold them; the page has them inside.
    html : str
        The page: one file, without anything from the network.

    Attributes
    ----------
    sentence : str
        The result in one sentence.
    """

    def __init__(self, data: dict[str, Any], html: str) -> None:
        self.data = data
        self.html = html

    @property
    def sentence(self) -> str:
        """The result in one sentence."""
        return sentence(self.data["summary"])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the page, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            The file; one that is there is replaced.
        """
        check_writable(path)
        write_atomically(path, self.html)

    def __repr__(self) -> str:
        return f"Report({self.sentence!r})"

    def _repr_html_(self) -> str:
        """The page in a frame of its own: its style must not touch the notebook's."""
        return (
            f'<iframe srcdoc="{escaped(self.html)}" title="{escaped(self.data["title"])}" '
            f'style="width: 100%; height: {NOTEBOOK_HEIGHT}px; border: 0"></iframe>'
        )


def search_report(
    search: Any,
    path: str | os.PathLike[str] | None = None,
    *,
    X: Any = None,
    y: Any = None,
    title: str | None = None,
    metric: str | None = None,
    comparison: Comparison | None = None,
) -> Report:
    """One page that tells everything about a search, to keep or to mail.

    It says whether tuning was worth it, what to do next, how the search went, which parameters
    mattered and how, where the gain came from, what failed and what another run needs; with a
    table of all candidates that can be sorted and filtered. What a search does not know is left
    out. The page is a single file and needs no network.

    Parameters
    ----------
    search : fitted search or SearchRecord
        See :func:`read_search`.
    path : str or path-like, default=None
        Where to write the page; None: nowhere.
    X, y : array-like, default=None
        Data of the search. With them the default is run on the folds of the search where it was
        not among the candidates, and the page has a digest of the data; never the data.
    title : str, default=None
        Heading of the page; None: the class of the search and of its estimator.
    metric : str, default=None
        As in :func:`read_search`.
    comparison : Comparison, default=None
        What the page says of the tuned setting and the default, as of
        :func:`compare_to_default` with ``all_rows=True`` or ``method="nested"``, which fit anew.
        None: it is computed here, without a fit unless the default has to be run.

    Returns
    -------
    Report
        The page, and its numbers in ``data``.

    Raises
    ------
    NotFittedError
        If the search was not fitted.
    OSError
        If the file cannot be written; before the work.

    Examples
    --------
    >>> from scipy.stats import loguniform
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.svm import SVC
    >>> from sktune import BayesSearchCV
    >>> from sktune.inspection import search_report
    >>> space = {"C": loguniform(1e-2, 1e5), "gamma": loguniform(1e-5, 1e1)}
    >>> search = BayesSearchCV(SVC(), space, n_iter=12, random_state=0)
    >>> report = search_report(search.fit(*load_iris(return_X_y=True)))
    >>> report.data["summary"]["n_fits"], round(report.data["summary"]["best_score"], 2)
    (60, 0.99)
    """
    if path is not None:
        check_writable(path)
    source = read_source(search, metric)
    report = make_report(source, X=X, y=y, title=title, comparison=comparison)
    if path is not None:
        write_atomically(path, report.html)
    return report


def make_report(
    source: ReportSource,
    *,
    X: Any = None,
    y: Any = None,
    title: str | None = None,
    watch: float | None = None,
    explained: Explained | None = None,
    comparison: Comparison | None = None,
) -> Report:
    """The report of what is known of a search.

    `watch`: seconds after which the page reloads. `explained`: what models say, perhaps of fewer
    candidates; None: they are fitted.
    """
    if explained is None:
        explained = explain(source, X, y, comparison)
    data = report_data(source, explained.of_winner(source.record.best_index), X, y)
    data["title"] = _title(source) if title is None else str(title)
    data["written"] = round(time.time(), 1)
    if watch is not None:
        data["watch"] = watch
    return Report(data, page(data))


def report_data(source: ReportSource, explained: Explained, X: Any = None, y: Any = None) -> Data:
    """All numbers, section by section."""
    failed = failures(source)
    found: Data = {
        "summary": summary(source, explained.comparison),
        "advice": advice(source, explained, failed),
        "course": course(source, explained.model),
        "importance": explained.importance,
        "dependence": explained.dependence,
        "gain": explained.gain,
        "candidates": candidates(source),
        "time": times(source, explained.fit_time),
        "curves": learning_curves(source),
        "annealing": annealing(source),
        "failures": failed,
        "repeat": repetition(source, X, y),
    }
    return {name: plain(part) for name, part in found.items() if part is not None}


def page(data: Data) -> str:
    """The page of these numbers."""
    parts = sections(data)
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading, _ in parts)
    body = "".join(
        f'<section id="{name}" aria-labelledby="{name}-heading">'
        f'<h2 id="{name}-heading">{heading}</h2>{html}</section>'
        for name, heading, html in parts
    )
    title = escaped(data["title"])
    written = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(data["written"]))
    running = " The search still runs." if data["summary"]["is_running"] else ""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{_asset('page.css')}</style></head><body>"
        f'<header><h1>{title}</h1><p class="age">Written {written}<span id="age"></span>.{running}'
        f'</p></header><nav aria-label="sections"><ul>{links}</ul></nav><main>{body}</main>'
        f'<script type="application/json" id="data">{as_script(data)}</script>'
        f"<script>{_asset('page.js')}</script></body></html>\n"
    )


def as_script(data: Any) -> str:
    """JSON that can stand inside of a script element, whatever its texts hold."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _asset(name: str) -> str:
    return (Path(__file__).parent / "assets" / name).read_text("utf-8")


def _title(source: ReportSource) -> str:
    estimator = source.record.evaluation.estimator
    return f"{source.kind} of {getattr(estimator, 'display_name', type(estimator).__name__)}"
