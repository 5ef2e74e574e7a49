"""``python -m sktune report``: the page of a journal, of a folder of them, or of a pickle."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
import webbrowser
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import joblib

from ...exceptions import JournalError
from ...inspection._report import (
    Report,
    ReportSource,
    check_writable,
    make_report,
    read_source,
    write_atomically,
)
from ...inspection._report._sections import sentence
from ...inspection._shown import escaped
from ._background import Background
from ._from_journal import source_from_journal

# Exit codes.
DONE, BAD_USAGE, NO_JOURNAL = 0, 2, 3

# What a folder of journals has in it.
PATTERN = "*.jsonl"

LIST = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Searches</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root {{ color-scheme: light dark; }} body {{ font: 16px/1.5 system-ui, sans-serif;
margin: 0 auto; padding: 1rem; max-width: 60rem; overflow-wrap: anywhere; }}</style></head>
<body><h1>Searches</h1><ul>{items}</ul></body></html>
"""


class _NoJournalError(Exception):
    """A source that cannot be read as what it should be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Returns
    -------
    int
        0; 2 for bad usage; 3 for a file that is no journal.
    """
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as stopped:  # argparse has said why
        return int(stopped.code or 0)
    try:
        return _run(given)
    except _NoJournalError as error:
        print(f"sktune report: {error}", file=sys.stderr)
        return NO_JOURNAL
    except (OSError, ValueError) as error:
        print(f"sktune report: {error}", file=sys.stderr)
        return BAD_USAGE
    except KeyboardInterrupt:  # how --watch is ended
        return DONE


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sktune")
    commands = parser.add_subparsers(dest="command", required=True)
    report = commands.add_parser("report", help="write a page about a search")
    report.add_argument("source", metavar="SOURCE", help="a journal, or a folder of journals")
    report.add_argument("-o", "--output", help="the page (default: report.html)")
    report.add_argument(
        "--watch", type=_seconds, metavar="SECONDS", help="write it anew until the search has ended"
    )
    report.add_argument("--open", action="store_true", help="show it in a browser")
    report.add_argument("--metric", metavar="NAME", help="which of several metrics")
    report.add_argument("--json", action="store_true", help="print the numbers, write no page")
    report.add_argument(
        "--unpickle",
        action="store_true",
        help="SOURCE is a pickle or joblib file of a fitted search; opening one runs its code",
    )
    return parser


def _seconds(text: str) -> float:
    value = float("nan")
    with contextlib.suppress(ValueError):
        value = float(text)
    if not 0.1 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a number of seconds, at least 0.1, got {text!r}")
    return value


def _run(given: argparse.Namespace) -> int:
    if not os.path.exists(given.source):
        raise FileNotFoundError(f"There is no file or folder {given.source!r}.")
    if given.watch is not None and (given.json or given.unpickle):
        raise ValueError("--watch writes pages of journals: leave out --json and --unpickle.")
    is_folder = os.path.isdir(given.source)
    if given.unpickle and is_folder:
        raise ValueError(f"--unpickle opens a file, and {given.source!r} is a folder.")
    if given.watch is not None:
        return _watched(given)
    if is_folder:
        _Folder(given).write()
        return DONE
    if given.json:
        report = make_report(_source(given.source, given))
        print(json.dumps(report.data, allow_nan=False))
        return DONE
    path = given.output or "report.html"
    check_writable(path)
    write_atomically(path, make_report(_source(given.source, given)).html)
    _say(path, given)
    return DONE


def _watched(given: argparse.Namespace) -> int:
    """Write pages until no search runs any more."""
    background = Background()
    try:
        if os.path.isdir(given.source):
            folder = _Folder(given, background)
            while folder.write():
                time.sleep(given.watch)
        else:
            path = given.output or "report.html"
            check_writable(path)
            _follow(path, given, background)
    finally:
        background.close()
    return DONE


def _follow(path: str, given: argparse.Namespace, background: Background) -> None:
    """Write the page of one search again and again, until that has ended."""
    journal, is_first = given.source, True
    while True:
        begun, size = time.monotonic(), os.path.getsize(journal)
        source = _source(journal, given)
        with _tried_again(not is_first):
            write_atomically(path, _quick_page(journal, source, given, background).html)
            if not source.is_running:
                write_atomically(path, make_report(source).html)
        if is_first:
            _say(path, given)
        if not source.is_running:
            return
        is_first = False
        while time.monotonic() < begun + given.watch or (
            os.path.getsize(journal) == size and not background.has_news(journal)
        ):
            time.sleep(max(0.05, min(begun + given.watch - time.monotonic(), 0.5)))


@contextlib.contextmanager
def _tried_again(is_tried_again: bool) -> Iterator[None]:
    """Pages that cannot be written in between are told of; the next ones are tried."""
    try:
        yield
    except OSError as error:
        if not is_tried_again:
            raise
        print(f"sktune report: a page could not be written: {error}", file=sys.stderr)


def _quick_page(
    name: str, source: ReportSource, given: argparse.Namespace, background: Background
) -> Report:
    """A page that waits for no model, and is to be followed by another."""
    explained = background.latest(name)
    if source.is_running:  # of one that has ended, the page that follows has its own
        background.begin(name, source)
    return make_report(source, watch=given.watch, explained=explained)


def _say(path: str | Path, given: argparse.Namespace) -> None:
    """Tell where the page is, and open it if that was asked for."""
    print(path)
    if given.open:
        webbrowser.open(Path(path).resolve().as_uri())


def _source(path: str, given: argparse.Namespace) -> ReportSource:
    if given.unpickle:
        try:
            return read_source(_unpickled(path), given.metric)
        except TypeError as error:
            raise _NoJournalError(f"{path}: {error}") from None
    while True:
        try:
            found = source_from_journal(path, given.metric)
        except JournalError as error:
            raise _NoJournalError(_what_it_is(path, error)) from None
        if found is not None:
            return found
        if given.watch is None:
            raise ValueError(f"The journal {path!r} has no finished fold yet.")
        time.sleep(min(given.watch, 0.5))


def _unpickled(path: str) -> Any:
    try:
        return joblib.load(path)
    except Exception as error:  # a pickle may raise anything
        raise _NoJournalError(f"{path} cannot be unpickled: {error}") from error


def _what_it_is(path: str, error: JournalError) -> str:
    """Why a file is no journal, in one line."""
    text = " ".join(str(error).split())
    with contextlib.suppress(OSError), open(path, "rb") as file:
        begin = file.read(2)
        if begin[:1] == b"\x80" or begin == b"\x78\x9c":
            text += (
                " It looks like a pickle or joblib file: --unpickle opens it, and runs its code."
            )
        elif not begin:
            text += " It is empty."
    return text


class _Folder:
    """A page for each journal of a folder, and a list of them.

    Parameters
    ----------
    given : Namespace
        The arguments.
    background : Background, default=None
        Fits the models of searches that are watched; None: pages wait for their models.
    """

    def __init__(self, given: argparse.Namespace, background: Background | None = None) -> None:
        self._given, self._background = given, background
        self._listing = Path(given.output or "report.html")
        # By name, with the size of the journal: of searches that have ended.
        self._ended: dict[str, tuple[int, Report]] = {}
        self._told: set[str] = set()
        self._is_running = False
        self._has_written = False

    def write(self) -> bool:
        """Write what there is by now; whether to come again, as a search still runs."""
        self._is_running = False
        before = dict(self._ended)
        found = self._reports()
        if not found:
            if self._background is not None and self._is_running:
                return True
            raise _NoJournalError(f"{self._given.source} has no journal with a finished fold.")
        if self._given.json:
            data = {name: report.data for name, report in found.items()}
            print(json.dumps(data, allow_nan=False))
            return False
        if not self._has_written:
            check_writable(self._listing)
        with _tried_again(self._has_written):
            items = ""
            for name, report in found.items():
                page = self._listing.with_name(f"{self._listing.stem}-{Path(name).stem}.html")
                if name not in before or before[name][1] is not report:
                    write_atomically(page, report.html)
                text = escaped(sentence(report.data["summary"]))
                items += f'<li><a href="{quote(page.name)}">{escaped(report.data["title"])}</a>: '
                items += f"{text} ({escaped(name)})</li>"
            write_atomically(self._listing, LIST.format(items=items))
        if not self._has_written:
            self._has_written = True
            _say(self._listing, self._given)
        return self._is_running

    def _reports(self) -> dict[str, Report]:
        """Those of journals with a finished fold, by name; why others have none is told."""
        journals = sorted(Path(self._given.source).glob(PATTERN))
        if not journals:
            raise _NoJournalError(f"{self._given.source} has no journals ({PATTERN}).")
        found = {}
        for journal in journals:
            try:
                report = self._report(journal)
            except (JournalError, OSError, ValueError) as error:
                self._tell(journal, error)
                continue
            if report is not None:
                found[journal.name] = report
        return found

    def _report(self, journal: Path) -> Report | None:
        name, size = journal.name, journal.stat().st_size
        if name in self._ended and self._ended[name][0] == size:
            return self._ended[name][1]
        source = source_from_journal(journal, self._given.metric)
        self._is_running |= source is None or source.is_running
        if source is None:
            return None
        if source.is_running and self._background is not None:
            return _quick_page(name, source, self._given, self._background)
        report = make_report(source)
        if not source.is_running:
            self._ended[name] = size, report
        return report

    def _tell(self, journal: Path, error: Exception) -> None:
        """Tell once why a journal has no page."""
        text = " ".join(str(error).split())
        if str(journal) not in text:
            text = f"{journal}: {text}"
        if text not in self._told:
            print(f"sktune report: {text}", file=sys.stderr)
        self._told.add(text)
