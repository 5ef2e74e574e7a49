"""Keep several fits at once within the cores, as joblib does for BLAS in its worker processes.

TensorFlow splits each operation over all cores. Of a small network an operation takes
microseconds, and to wake another thread for it takes longer, the more so while that thread is
busy with another fit: two fits at once on two cores took longer than one after the other.

TensorFlow settles the number of its threads with the first operation in a process, for good.
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
    """Before the first fit: let TensorFlow split an operation over this fit's share of cores.

    Nothing is changed where a fit has all cores, where the user has set the number, by
    ``TF_NUM_INTRAOP_THREADS`` or in TensorFlow, and where TensorFlow has run already.
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
        except RuntimeError:  # it has run
            return


def _share() -> int | None:
    """Return the number of cores for each of the fits that run at once; None for all."""
    # The threads of a pool, joblib's among them; it starts all of them at once.
    workers = [t for t in threading.enumerate() if isinstance(t, DummyProcess)]
    if threading.current_thread() in workers:
        return max(1, joblib.cpu_count() // len(workers))
    # What joblib gives to a worker process: its share, or `inner_max_num_threads`.
    given = os.environ.get("OMP_NUM_THREADS", "")
    if multiprocessing.parent_process() is not None and given.isdecimal():
        return max(1, int(given))
    return None
