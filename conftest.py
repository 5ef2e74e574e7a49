"""The two lanes of the tests: what imports TensorFlow is slow, wherever it stands."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent

# Pages with Keras in their examples, besides those that have it in their name.
PAGES = {"images.md", "five_steps.md"}


def pytest_collection_modifyitems(items):
    """Mark them: the import alone takes five seconds, and each network is traced and compiled."""
    for item in items:
        path = item.path.relative_to(HERE)
        if "keras" in path.as_posix() or path.name in PAGES:
            item.add_marker(pytest.mark.slow)
