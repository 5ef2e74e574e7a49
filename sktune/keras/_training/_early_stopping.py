"""Stop training when an inner split says so, and tell the search what was seen there.

The inner split is a part of the training data: in cross-validation the fold that is scored has
no say in when to stop, or the score would be too good.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split

Rows = NDArray[np.intp]


def hold_out_rows(
    n_rows: int, fraction: float, strata: np.ndarray | None, seed: int
) -> tuple[Rows, Rows]:
    """Return the rows to train on and those to stop by, in random order.

    ``strata``, shape (n_rows,), are shared out evenly; ValueError if one of them has a single
    row, or if a part has fewer rows than there are strata.
    """
    train, held_out = train_test_split(
        np.arange(n_rows), test_size=fraction, stratify=strata, random_state=seed
    )
    return train, held_out


def make_stopper(n_iter_no_change: int) -> keras.callbacks.EarlyStopping:
    """Return the callback that stops, and puts the weights of the best epoch back."""
    return keras.callbacks.EarlyStopping(
        monitor="val_loss", mode="min", patience=n_iter_no_change, restore_best_weights=True
    )


def make_report(history: Mapping[str, Sequence[float]], best_epoch: int | None) -> dict[str, Any]:
    """Return what a search should keep of a fit: JSON-able, curves with one number an epoch."""
    report: dict[str, Any] = {"history": {name: list(v) for name, v in history.items()}}
    if best_epoch is not None:
        report["best_epoch"] = best_epoch
    return report


def params_of_refit(reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the parameters for a fit on all data after fits that were stopped early.

    As many epochs as the folds found best, and none of the data held back. The median, so
    that one fold that stopped by luck has little say.
    """
    best = [report["best_epoch"] for report in reports if "best_epoch" in report]
    if not best:
        return {}
    return {"epochs": round(statistics.median(best)), "early_stopping": False}
