"""Limit TensorFlow's threads if several fits run at once, as joblib does for BLAS.

TensorFlow splits each operation over all cores. In a small network an operation takes
microseconds, and waking another thread for it takes longer, the more so while that thread is
busy with another fit: two fits at once on two cores took longer than one after the other.
TensorFlow fixes the number of its threads with the first operation in a process.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from multiprocessing.dummy import DummyProcess

import joblib
import tensorflow as tf

_lock = threading.Lock()
_is_settled = False


def share_cores() -> None:
    """Let TensorFlow split operations over this fit's share of the cores; for the first fit.

    Nothing is changed if a fit has all cores, if the user has set the number, by
    ``TF_NUM_INTRAOP_THREADS`` or in TensorFlow, or if TensorFlow has run already.
    """
    global _is_settled
    with _lock:
        if _is_settled:
            return
        _is_settled = True
        n_threads = _share()
        is_chosen = (
            "TF_NUM_INTRAOP_THREADS" in os.environ
            or tf.config.threading.get_intra_op_parallelism_threads() != 0
        )
        if n_threads is None or is_chosen:
            return
        try:
            tf.config.threading.set_intra_op_parallelism_threads(n_threads)
        except RuntimeError:  # TensorFlow has run already
            return


def _share() -> int | None:
    """Return the number of cores for each of the fits that run at once; None for all."""
    # The threads of a pool, joblib's among them; it starts all of them at once.
    workers = [t for t in threading.enumerate() if isinstance(t, DummyProcess)]
    if threading.current_thread() in workers:
        return max(1, joblib.cpu_count() // len(workers))
    # Set by joblib in a worker process: its share, or `inner_max_num_threads`.
    given = os.environ.get("OMP_NUM_THREADS", "")
    if multiprocessing.parent_process() is not None and given.isdecimal():
        return max(1, int(given))
    return None
