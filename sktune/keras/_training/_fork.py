"""Raise an error where TensorFlow would hang: in a fork of a process that has loaded it.

A fork copies TensorFlow's locks but not the threads that hold them. Processes of loky and of the
start methods "spawn" and "forkserver" import everything again and are safe. The check is called
wherever a Keras estimator builds or trains a network.
"""

from __future__ import annotations

import os

_LOADED_IN = os.getpid()


def check_not_forked() -> None:
    """Raise RuntimeError in a fork of the process that has imported this module."""
    if os.getpid() != _LOADED_IN:
        raise RuntimeError(
            "TensorFlow would hang here: this process was forked from one that has loaded it. "
            'joblib\'s backend "multiprocessing" forks; use joblib.parallel_config('
            'backend="threading"), or "loky" for processes. With Python\'s own multiprocessing '
            'use the start method "spawn".'
        )
