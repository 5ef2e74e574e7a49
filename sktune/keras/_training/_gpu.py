"""Limit the GPU memory that TensorFlow takes, in this process and in workers started later.

By default TensorFlow takes nearly all of it with the first operation, and leaves none for a second
process.
"""

from __future__ import annotations

import math
import os
from numbers import Real
from typing import Any

import tensorflow as tf

# TensorFlow's variable, and ours: workers inherit them and read them on importing this package.
_GROWTH_VARIABLE = "TF_FORCE_GPU_ALLOW_GROWTH"
_LIMIT_VARIABLE = "SKTUNE_GPU_MEMORY_LIMIT_MB"


def set_gpu_memory(limit_mb: float | None = None) -> None:
    """Let TensorFlow take the memory of GPUs as it needs it, or up to a limit.

    Call it before the first fit. It applies to this process and to worker processes that
    are started from it later; running ones are not affected. Without a GPU it does nothing.

    Parameters
    ----------
    limit_mb : float, default=None
        Memory that each process may take of each GPU, in MB, above 0. ``None``: as much as it
        needs; memory that it has taken is kept until it ends.

    Raises
    ------
    ValueError
        If ``limit_mb`` is not a positive number.
    RuntimeError
        If TensorFlow already uses its GPUs, or a limit was set before and should be removed:
        TensorFlow allows this only once in a process.

    Notes
    -----
    Workers are informed by the environment variable ``TF_FORCE_GPU_ALLOW_GROWTH``, which is
    TensorFlow's, or ``SKTUNE_GPU_MEMORY_LIMIT_MB``, which is read when ``sktune.keras`` is
    imported. Either can be set by hand instead.

    Examples
    --------
    >>> from sktune.keras import set_gpu_memory
    >>> set_gpu_memory()
    """
    _check_limit("limit_mb", limit_mb, limit_mb)
    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return
    try:
        for gpu in gpus:
            _configure(gpu, limit_mb)
    # TensorFlow raises the former for GPUs in use, the latter for growth after a limit.
    except (RuntimeError, ValueError) as error:
        raise RuntimeError(
            "The memory of the GPUs can be set only once in a process: call set_gpu_memory before "
            f"the first fit, or set {_LIMIT_VARIABLE} before sktune.keras is imported. "
            f"TensorFlow says: {error}"
        ) from error
    if limit_mb is None:
        os.environ[_GROWTH_VARIABLE] = "true"
    else:
        os.environ[_LIMIT_VARIABLE] = str(limit_mb)


def follow_environment() -> None:
    """Set the limit given by the environment variable, if there is one."""
    given = os.environ.get(_LIMIT_VARIABLE)
    if given is None:
        return
    try:
        limit_mb = float(given)
    except ValueError:
        limit_mb = math.nan
    _check_limit(_LIMIT_VARIABLE, limit_mb, given)
    set_gpu_memory(limit_mb)


def _configure(gpu: tf.config.PhysicalDevice, limit_mb: float | None) -> None:
    if limit_mb is None:
        tf.config.experimental.set_memory_growth(gpu, True)
        return
    device = tf.config.LogicalDeviceConfiguration(memory_limit=limit_mb)
    tf.config.set_logical_device_configuration(gpu, [device])


def _check_limit(name: str, limit_mb: Any, given: Any) -> None:
    """Raise ValueError if a limit is neither None nor a positive number."""
    is_number = isinstance(limit_mb, Real) and not isinstance(limit_mb, bool)
    if limit_mb is not None and not (is_number and 0 < limit_mb < math.inf):
        raise ValueError(f"{name} must be a positive number of MB. Got {given!r} instead.")
