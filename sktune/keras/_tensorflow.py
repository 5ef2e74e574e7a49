"""Import TensorFlow without its log messages, or say why it cannot be imported.

TensorFlow writes log messages to the standard error stream while it is imported,
in every process that does so. Those are held back; anything else that is written meanwhile
is passed on. Set the environment variable ``TF_CPP_MIN_LOG_LEVEL`` to ``0`` to see everything.
"""

from __future__ import annotations

import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from sktune._optional import require
from sktune.exceptions import MissingDependencyError

# TensorFlow 2.21 has wheels for CPython 3.10 to 3.13; sktune begins with 3.11.
_FIRST_UNSERVED_PYTHON = (3, 14)

# Lines such as "I0000 00:00:1795386419.736408  2895 port.cc:153] oneDNN custom operations"
# and "2026-01-02 03:04:05.678901: I external/xla/...", and the heading above the former.
_LOG_LINE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|[IWE]\d{4} \d\d:\d\d:\d\d"
    rb"|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+: [IWE] "
)


def import_tensorflow() -> None:
    """Import TensorFlow and Keras, or raise MissingDependencyError."""
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    logging.getLogger("tensorflow").addFilter(_is_no_retracing_advice)
    try:
        with _held_back_log_lines():
            for module in ("tensorflow", "keras"):
                require(module, extra="keras", caller="sktune.keras")
    except MissingDependencyError as error:
        if sys.version_info >= _FIRST_UNSERVED_PYTHON:
            running = ".".join(str(number) for number in sys.version_info[:2])
            raise MissingDependencyError(
                "sktune.keras needs TensorFlow, which has no wheels for Python "
                f"{running}: use Python 3.11, 3.12 or 3.13 and "
                'pip install ".[keras]" in a checkout. The rest of sktune works without it.'
            ) from error
        raise
    backend = sys.modules["keras"].config.backend()
    if backend != "tensorflow":
        raise MissingDependencyError(
            f"sktune.keras trains with Keras on TensorFlow, but Keras runs on {backend!r}. "
            "Set the environment variable KERAS_BACKEND to 'tensorflow' before Keras is "
            "imported."
        )


def _is_no_retracing_advice(record: logging.LogRecord) -> bool:
    """Drop the advice to trace less often: a search builds a new model for every fit."""
    return "triggered tf.function retracing" not in record.getMessage()


@contextmanager
def _held_back_log_lines() -> Iterator[None]:
    """Hold back log lines of C++ code; pass everything else on at the end, even after an error."""
    # The log level alone is not enough: TensorFlow 2.21 still prints what its libraries
    # log before they have read it (github.com/tensorflow/tensorflow/issues/100442). Such
    # lines bypass sys.stderr, so the file descriptor itself is redirected.
    if "tensorflow" in sys.modules or os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0":
        yield
        return
    try:
        terminal = os.dup(2)
    except OSError:  # no standard error stream: nothing can be printed
        yield
        return
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(terminal, 2)
            held.seek(0)
            for line in held:
                if not _LOG_LINE.match(line):
                    os.write(terminal, line)
            os.close(terminal)
