"""Settings of the documentation.

Build it, from the root of the repository, with::

    sphinx-build -W --keep-going -b html docs docs/_build/html

Nothing is fetched while it is built.
"""

import importlib.util
import re
import sys
from pathlib import Path

from numpydoc.docscrape_sphinx import SphinxDocString

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sktune import __version__

project = "sktune"
author = "the sktune developers"
copyright = f"2025, {author}"
version = release = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.mathjax",
]
exclude_patterns = ["_build", "examples"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"sktune {version}"

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
# The template of a class lists its members already.
numpydoc_show_class_members = False

# The API page of sktune.keras imports TensorFlow; where that is missing the page is left out.
if importlib.util.find_spec("tensorflow") is None or importlib.util.find_spec("scikeras") is None:
    exclude_patterns.append("api/keras.md")
    suppress_warnings = ["toc.excluded"]


def skip_foreign_members(app, what, name, obj, skip, options):
    """Leave out members inherited from other packages, whose docstrings refer to their pages."""
    module = getattr(getattr(obj, "fget", obj), "__module__", None)
    is_foreign = module is not None and module.partition(".")[0] != "sktune"
    return True if is_foreign else skip


def quote_shapes(app, what, name, obj, options, lines):
    """Quote fitted attributes in "of shape (n_features_in_,)": reST takes them for links."""
    for i, line in enumerate(lines):
        if "of shape (" in line:
            lines[i] = re.sub(r"(?<=[(, ])(\w+_)(?=[,)])", r"``\1``", line)


process_param = SphinxDocString._process_param


def process_described_param(self, param, desc, fake_autosummary):
    """Keep what a docstring says of an attribute.

    numpydoc 1.11 puts the docstring of a property in its place; those that the searches
    inherit from scikit-learn refer to its own pages.
    """
    return process_param(self, param, desc, fake_autosummary and not desc)


def setup(app):
    """Connect the hooks above; shapes before numpydoc reads the docstring."""
    app.connect("autodoc-skip-member", skip_foreign_members)
    app.connect("autodoc-process-docstring", quote_shapes, priority=400)
    SphinxDocString._process_param = process_described_param
