"""``python -m sktune report``: the page of a journal, of a folder of them, or of a pickle."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
import webbrowser
from collections.abc import Sequence
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
    value = float(text)
    if not 0.1 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"at least 0.1 second, got {text}")
    return value


def _run(given: argparse.Namespace) -> int:
    if not os.path.exists(given.source):
        raise FileNotFoundError(f"There is no file or folder {given.source!r}.")
    if given.watch is not None and (given.json or given.unpickle):
        raise ValueError("--watch writes pages of journals: leave out --json and --unpickle.")
    if given.watch is not None:
        return _watched(given)
    if os.path.isdir(given.source):
        _report_folder(given, None, is_first=True)
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
    background, is_first = Background(), True
    try:
        if os.path.isdir(given.source):
            while _report_folder(given, background, is_first=is_first):
                is_first = False
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
        try:
            write_atomically(path, _quick_page(journal, source, given, background).html)
            if not source.is_running:
                write_atomically(path, make_report(source).html)
        except OSError as error:
            if is_first:
                raise
            print(f"sktune report: {path} could not be written: {error}", file=sys.stderr)
        if is_first:
            _say(path, given)
        if not source.is_running:
            return
        is_first = False
        while time.monotonic() < begun + given.watch or (
            os.path.getsize(journal) == size and not background.has_news(journal)
        ):
            time.sleep(max(0.05, min(begun + given.watch - time.monotonic(), 0.5)))


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
        return read_source(_unpickled(path), given.metric)
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


def _report_folder(
    given: argparse.Namespace, background: Background | None, *, is_first: bool
) -> bool:
    """A page for each journal of a folder, and a list of them; whether any search still runs."""
    folder = Path(given.source)
    journals = sorted(folder.glob(PATTERN))
    if not journals:
        raise _NoJournalError(f"{given.source} has no journals ({PATTERN}).")
    found, texts, is_running = {}, [], False
    for journal in journals:
        try:
            source = source_from_journal(journal, given.metric)
        except (JournalError, ValueError) as error:
            texts.append(" ".join(str(error).split()))
            continue
        if source is not None:
            is_running |= source.is_running
            if background is None or not source.is_running:
                found[journal.name] = make_report(source)
            else:
                found[journal.name] = _quick_page(journal.name, source, given, background)
    for text in texts:
        print(f"sktune report: {text}", file=sys.stderr)
    if not found:
        raise _NoJournalError(f"{given.source} has no journal with a finished fold.")
    if given.json:
        data = {name: report.data for name, report in found.items()}
        print(json.dumps(data, allow_nan=False))
        return False
    listing = Path(given.output or "report.html")
    check_writable(listing)
    items = ""
    for name, report in found.items():
        page = listing.with_name(f"{listing.stem}-{Path(name).stem}.html")
        write_atomically(page, report.html)
        text = escaped(sentence(report.data["summary"]))
        items += f'<li><a href="{quote(page.name)}">{escaped(report.data["title"])}</a>: {text}'
        items += f" ({escaped(name)})</li>"
    write_atomically(listing, LIST.format(items=items))
    if is_first:
        _say(listing, given)
    return is_running
