"""How much of a universe a test run covers: a fixed sample, or with SKTUNE_UNIVERSE=all everything."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Case = TypeVar("Case")

IS_WHOLE = os.environ.get("SKTUNE_UNIVERSE") == "all"


def sampled(cases: Sequence[Case], every: int) -> list[Case]:
    """All cases, or every so many-th of them in the ordinary test run."""
    return list(cases) if IS_WHOLE else list(cases)[::every]
