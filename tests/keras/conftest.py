"""Where TensorFlow is not installed there is nothing to test here but the message."""

from importlib.util import find_spec
from pathlib import Path

if find_spec("tensorflow") is None or find_spec("scikeras") is None:
    collect_ignore = [
        path.name for path in Path(__file__).parent.iterdir() if path.name != "test_import.py"
    ]
