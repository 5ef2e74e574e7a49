"""Which executor serves joblib's active backend."""

from __future__ import annotations

from ..._joblib_compat import cluster_of, effective_slots
from ._cluster import DaskExecutor, RayExecutor
from ._contract import Executor
from ._joblib import JoblibExecutor
from ._local import InlineExecutor


def make_executor(n_jobs: int | None, prefer: str | None = None) -> Executor:
    """Executor for joblib's active backend.

    Parameters
    ----------
    n_jobs : int or None
        As everywhere in scikit-learn: None is 1, or what ``joblib.parallel_config`` says.
    prefer : {"threads", "processes"} or None, default=None
        joblib's soft hint: which workers to take where the user has named no backend.

    Returns
    -------
    Executor
        A cluster where joblib's backend is dask or ray; this thread for a single job; else
        joblib's own workers.
    """
    kind, client, n_workers = cluster_of(n_jobs)
    if kind == "dask":
        return DaskExecutor(client, n_workers)
    if kind == "ray":
        return RayExecutor(n_workers)
    if effective_slots(n_jobs, prefer) == 1:
        return InlineExecutor()
    return JoblibExecutor(n_jobs, prefer)
