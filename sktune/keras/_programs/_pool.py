"""Idle programs, and the models for which there can be no program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ._architecture import Key
from ._program import Program

# Idle programs are kept up to this number and these bytes of variables. A small program takes
# about 4 MB; a search over many architectures needs one again only for the next fold.
_MAX_IDLE = 24
_MAX_IDLE_BYTES = 2**28
# As many as a search may alternate between; a key takes a kilobyte.
_MAX_REFUSED = 256


class Pool:
    """Lends programs; thread-safe, one pool per process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._idle: list[Program] = []  # the least recently used first
        self._refused: list[Key] = []  # keys whose models no program could train

    @contextmanager
    def borrow(
        self, key: Key | None, make: Callable[[Key], Program | None] | None = None
    ) -> Iterator[Program | None]:
        """Lend a program to one thread; None if there is none and none can be made.

        A program that failed is not lent again, a key that was refused is not tried again.
        """
        program = None if key is None else self._take(key)
        if program is None and key is not None and make is not None:
            program = self._make(key, make)
        yield program
        if program is not None:
            self._give_back(program)

    def _make(self, key: Key, make: Callable[[Key], Program | None]) -> Program | None:
        with self._lock:
            if key in self._refused:
                return None
        program = make(key)
        if program is None:
            with self._lock:
                self._refused = [*self._refused[1 - _MAX_REFUSED :], key]
        return program

    def _take(self, key: Key) -> Program | None:
        with self._lock:
            for place in reversed(range(len(self._idle))):
                if self._idle[place].key == key:
                    return self._idle.pop(place)
        return None

    def _give_back(self, program: Program) -> None:
        with self._lock:
            self._idle.append(program)
            while len(self._idle) > 1 and self._is_full():
                del self._idle[0]

    def _is_full(self) -> bool:
        n_bytes = sum(program.n_bytes for program in self._idle)
        return len(self._idle) > _MAX_IDLE or n_bytes > _MAX_IDLE_BYTES


borrow = Pool().borrow
