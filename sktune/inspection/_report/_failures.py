"""What failed, grouped by its error, with the values that the failures share."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import dropwhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._model._columns import is_numeric
from .._shown import shortened
from ._numbers import Data, value_of
from ._source import ReportSource

Flags = NDArray[np.bool_]

# Candidates of a group that are listed, and characters of a traceback.
MAX_LISTED, MAX_TRACEBACK = 20, 6000

# A condition is worth naming if it holds for so many more of the failures than of the others, as
# shares of both.
SEPARATES = 0.8

# One failure shares its values with itself.
MIN_FAILED = 2


def failures(source: ReportSource) -> Data | None:
    """Section 10; None where nothing has failed."""
    has_failed = np.array(source.status) == "failed"
    if not has_failed.any():
        return None
    groups: dict[str, list[int]] = {}
    texts: dict[str, str] = {}
    for (row, _), text in sorted(source.errors.items()):
        if row < len(has_failed) and has_failed[row]:
            reason = _reason(text)
            texts.setdefault(reason, text)
            if row not in groups.setdefault(reason, []):
                groups[reason].append(row)
    told = {row for rows in groups.values() for row in rows}
    rest = [int(row) for row in np.flatnonzero(has_failed) if row not in told]
    if rest:
        groups[""] = rest
    found = []
    for reason, rows in sorted(groups.items(), key=lambda group: -len(group[1])):
        found.append(
            {
                "reason": reason,
                "traceback": texts.get(reason, "")[-MAX_TRACEBACK:],
                "n_candidates": len(rows),
                "candidates": rows[:MAX_LISTED],
                "shared": shared_condition(source, rows),
            }
        )
    return {"n_failed": int(has_failed.sum()), "groups": found}


def shared_condition(source: ReportSource, rows: Sequence[int]) -> Data | None:
    """The one condition on a parameter that tells these candidates best from those that worked."""
    record = source.record
    has_failed = np.zeros(len(record.scores), dtype=bool)
    has_failed[list(rows)] = True
    worked = np.array([status in ("complete", "dropped") for status in source.status])
    if has_failed.sum() < MIN_FAILED or not worked.any():
        return None
    points = record.space.snap(record.space.transform(record.settings))
    active = record.space.is_active(points)
    best: tuple[float, Data] | None = None
    for column, dimension in enumerate(record.space.dimensions):
        units = np.where(active[:, column], points[:, column], np.nan)
        for holds, words in _conditions(dimension, units, has_failed):
            gap = float(holds[has_failed].mean() - holds[worked].mean())
            if gap >= SEPARATES and (best is None or gap > best[0]):
                counts = {
                    "n_failed": int((holds & has_failed).sum()),
                    "n_worked": int((holds & worked).sum()),
                }
                best = gap, {"name": dimension.name, **words, **counts}
    return None if best is None else best[1]


def _conditions(dimension: Any, units: Any, has_failed: Flags) -> list[tuple[Flags, Data]]:
    """Conditions that hold for all these failures: a value, or one side of a range."""
    own = units[has_failed & ~np.isnan(units)]
    if not len(own):
        return []
    found = []
    if is_numeric(dimension) and dimension.n_values > 2:
        for sign, ends in (("<=", own.max()), (">=", own.min())):
            holds = units <= ends if sign == "<=" else units >= ends
            words = {"sign": sign, "value": value_of(dimension.from_unit(float(ends)))}
            found.append((np.asarray(holds), words))
        return found
    for unit in np.unique(own):
        words = {"sign": "=", "value": value_of(dimension.from_unit(float(unit)))}
        found.append((np.asarray(units == unit), words))
    return found


def _reason(text: str) -> str:
    """What a traceback says of its error, numbers left out: they differ between candidates."""
    lines = text.strip().splitlines()
    begins = [i for i, line in enumerate(lines) if line.startswith("Traceback (most recent")]
    if begins:
        # The frames are indented; what the error says may have more lines, with links and advice.
        said = dropwhile(lambda line: line.startswith(" "), lines[begins[-1] + 1 :])
        found = [line for line in said if line.strip()]
        named = " ".join(found[: 2 if found and found[0].rstrip().endswith(":") else 1])
    else:
        named = lines[-1] if lines else ""
    return shortened(re.sub(r"0x[0-9a-fA-F]+|-?\d+(\.\d+)?(e[-+]?\d+)?", "…", named), 300)
