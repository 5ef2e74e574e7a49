"""Settings of the documentation.

Build it, from the root of the repository, with::

    sphinx-build -W --keep-going -b html docs docs/_build/html

Nothing is fetched while it is built.
"""

import importlib.util
import re
import sys
from html import escape
from pathlib import Path

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from numpydoc.docscrape_sphinx import SphinxDocString
from sphinx.util import logging

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sktune import __version__

logger = logging.getLogger(__name__)

project = "sktune"
author = "the sktune developers"
copyright = f"2026, {author}"
version = release = __version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "gallery"]
templates_path = ["_templates"]
html_theme = "furo"
html_title = f"sktune {version}"
# Drawn by the browser itself: MathJax would be fetched from the network.
html_math_renderer = "mathml"

myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3

autosummary_generate = True
autodoc_typehints = "none"
# The template of a class lists its members already.
numpydoc_show_class_members = False

# Copied code has no prompts and no output.
copybutton_exclude = ".linenos, .gp, .go"

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "auto_gallery",
    "doc_module": ("sktune",),
    "backreferences_dir": "auto_gallery/backreferences",
    "reference_url": {"sktune": None},
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "abort_on_example_error": True,
    # The CNN needs TensorFlow, and its example also needs shap.
    "ignore_pattern": r"__init__\.py",
}

# The API page of sktune.keras imports TensorFlow; where that is missing the page is left out.
if importlib.util.find_spec("tensorflow") is None or importlib.util.find_spec("scikeras") is None:
    exclude_patterns += ["api/keras.md", "api/generated/sktune.keras.*"]
    sphinx_gallery_conf["ignore_pattern"] = r"plot_explaining_a_cnn\.py"
    suppress_warnings = ["toc.excluded", "toc.not_readable"]


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
    """Keep the description of an attribute from the class docstring.

    numpydoc 1.11 replaces it by the docstring of a property; properties that the searches
    inherit from scikit-learn refer to its own pages.
    """
    return process_param(self, param, desc, fake_autosummary and not desc)


def strip_code(app, doctree):
    """Drop the blank line that ends the expected output of an example."""
    for block in doctree.findall(nodes.literal_block):
        if block.rawsource == block.astext():
            block.rawsource = block.rawsource.rstrip("\n")
            block[:] = [nodes.Text(block.rawsource)]


def to_mathml(node, as_block):
    """MathML of a formula; its source, with a warning, if docutils does not know a command."""
    source = node.astext().replace(r"\dots", r"\ldots")
    # TeX puts a thin space between a function and its argument, docutils 0.22 does not.
    source = re.sub(r"(\\(?:log|det|exp)) (?!\(|\\left)", r"\1\\, ", source)
    try:
        return tex2mathml(source, as_block=as_block)
    except MathError as error:
        logger.warning("formula not understood: %s", error, location=node)
        return f"<code>{escape(source)}</code>"


def visit_math(translator, node):
    """Write an inline formula."""
    translator.body.append(to_mathml(node, as_block=False))
    raise nodes.SkipNode


def visit_math_block(translator, node):
    """Write a formula on lines of its own."""
    translator.body.append(f'<div class="math">{to_mathml(node, as_block=True)}</div>')
    raise nodes.SkipNode


def setup(app):
    """Connect all of the above; shapes are quoted before numpydoc reads the docstring."""
    app.connect("autodoc-skip-member", skip_foreign_members)
    app.connect("autodoc-process-docstring", quote_shapes, priority=400)
    app.connect("doctree-read", strip_code)
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    SphinxDocString._process_param = process_described_param
