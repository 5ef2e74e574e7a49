"""Stop training early by the loss on an inner split, and report the best epoch to the search.

The inner split is a part of the training data: in cross-validation the fold that is scored must
not influence when to stop, or the score would be too good.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

Rows = NDArray[np.intp]
Part = Rows | slice


def hold_out_rows(
    n_rows: int, fraction: float, strata: np.ndarray | None, seed: int
) -> tuple[Rows, Rows]:
    """Return the rows to train on and those to stop by, in random order.

    The split is stratified by ``strata``, shape (n_rows,); ValueError if a stratum has a single
    row, or if a part has fewer rows than there are strata.
    """
    train, held_out = train_test_split(
        np.arange(n_rows), test_size=fraction, stratify=strata, random_state=seed
    )
    return train, held_out


def hold_out_last(n_rows: int, fraction: float) -> tuple[Part, Part | None]:
    """Return the rows to train on and the last ones, held out; None if there are none."""
    if not fraction:
        return slice(None), None
    n_train = math.floor(n_rows * (1 - fraction))
    if n_train == 0:
        raise ValueError(
            f"validation_split={fraction!r} leaves none of the {n_rows} samples for training."
        )
    return slice(n_train), slice(n_train, None)


def make_stopper(n_iter_no_change: int) -> keras.callbacks.EarlyStopping:
    """Return the callback that stops training and restores the weights of the best epoch."""
    return keras.callbacks.EarlyStopping(
        monitor="val_loss", mode="min", patience=n_iter_no_change, restore_best_weights=True
    )


def make_report(history: Mapping[str, Sequence[float]], best_epoch: int | None) -> dict[str, Any]:
    """Return the report of a fit for a search: valid JSON, curves with one number per epoch."""
    report: dict[str, Any] = {"history": {name: list(v) for name, v in history.items()}}
    if best_epoch is not None:
        report["best_epoch"] = best_epoch
    return report


def params_of_refit(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parameters for a fit on all data after fits that were stopped early.

    As many epochs as were best on the folds, with no data held back. The median is used, so that
    a single unusual fold has little influence.
    """
    best = [report["best_epoch"] for report in reports if "best_epoch" in report]
    if not best:
        return {}
    return {"epochs": round(statistics.median(best)), "early_stopping": False}
