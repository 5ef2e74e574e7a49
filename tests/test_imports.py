"""Who may import whom: the floors of the package, read from its source."""

import ast
import json
import subprocess
import sys
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.util import find_spec
from pathlib import Path

import pytest

# Found, not imported: these tests speak even where the package cannot be imported.
PACKAGE = Path(find_spec("sktune").origin).parent

FLOOR_0 = {
    "exceptions",
    "_records",
    "_identity",
    "_optional",
    "_sklearn_compat",
    "_joblib_compat",
}

# What each part of the package may import of the others; the root is called "sktune".
MAY_IMPORT = {
    **{part: {"exceptions"} for part in FLOOR_0},
    "space": FLOOR_0,
    "_engine": FLOOR_0,
    "_gp": {"space"} | FLOOR_0,
    "_hypergradients": FLOOR_0,
    "optimizers": {"_gp", "space"} | FLOOR_0,
    "inspection": {"_gp", "space"} | FLOOR_0,
    "_search": {"optimizers", "inspection", "_engine", "_hypergradients", "space"} | FLOOR_0,
    "callbacks": {"inspection"} | FLOOR_0,
    "keras": FLOOR_0,
    "sktune": {"_search", "inspection"},
    "__main__": {"_search"},
}

# What may be imported besides the standard library, and by whom alone.
DEPENDENCIES = {"numpy", "scipy", "sklearn", "joblib", "threadpoolctl"}
KERAS_ONLY = {"keras", "tensorflow", "PIL", "scikeras"}
PRIVATE_OF = {"sklearn": "_sklearn_compat.py", "joblib": "_joblib_compat.py"}

EXTRAS = [
    "matplotlib",
    "keras",
    "scikeras",
    "tensorflow",
    "PIL",
    "rich",
    "mlflow",
    "tensorboard",
    "wandb",
    "IPython",
    "pandas",
    "polars",
    "dask",
    "distributed",
    "ray",
]


@dataclass(frozen=True)
class Import:
    """One imported name: where it stands, and what it is in full."""

    file: Path
    line: int
    module: str
    name: str
    is_at_top: bool

    @property
    def path(self):
        """Path of the file inside the package, with slashes."""
        return self.file.relative_to(PACKAGE).as_posix()

    @property
    def package(self):
        return self.module.partition(".")[0]

    @property
    def target(self):
        """The module that is loaded: `name` may be a module or something in one."""
        full = f"{self.module}.{self.name}" if self.name else self.module
        return full if full in MODULES else self.module

    def __str__(self):
        return f"{self.path}:{self.line} imports {self.module} {self.name}".rstrip()


def module_of(file):
    """Full name of the module in a file."""
    parts = ("sktune", *file.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = {module_of(file): file for file in FILES}


def imports_of(file, source=None):
    """All imports of a file, those in functions too; relative ones in full."""
    tree = ast.parse(file.read_text("utf-8") if source is None else source)
    at_top = set(tree.body)
    package = module_of(file) if file.name == "__init__.py" else module_of(file).rpartition(".")[0]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, node.lineno, alias.name, "", node in at_top)
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = parts[: len(parts) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            for alias in node.names:
                yield Import(file, node.lineno, module, alias.name, node in at_top)


IMPORTS = [found for file in FILES for found in imports_of(file)]
OWN = [found for found in IMPORTS if found.package == "sktune"]
FOREIGN = [found for found in IMPORTS if found.package != "sktune"]


def part_of(module):
    """Part of the package that a module belongs to: the second name, or the root."""
    return [*module.split("."), "sktune"][1] if "." in module else "sktune"


def is_allowed(found):
    own, other = part_of(module_of(found.file)), part_of(found.target)
    return other in MAY_IMPORT.get(own, ()) or (own == other != "sktune")


def is_private(found):
    """Whether an import reaches for what its package does not show."""
    names = [*found.module.split("."), found.name]
    is_internal = any(name.startswith("_") and not name.startswith("__") for name in names)
    return is_internal or found.module == "joblib.parallel"


def listed(found):
    return "\n" + "\n".join(map(str, found))


def test_every_part_has_a_floor():
    parts = {part_of(module) for module in MODULES}
    assert parts == MAY_IMPORT.keys(), "a part is new or gone: adapt the table of floors"


def test_imports_go_downward():
    wrong = [found for found in OWN if not is_allowed(found)]
    assert not wrong, listed(wrong)


def test_nothing_is_taken_from_the_root():
    wrong = [found for found in OWN if found.target == "sktune"]
    assert not wrong, listed(wrong)


def test_no_own_import_hides_in_a_function():
    wrong = [found for found in OWN if not found.is_at_top]
    assert not wrong, listed(wrong)


def test_no_cycle():
    graph = {module: set() for module in MODULES}
    for found in OWN:
        graph[module_of(found.file)].add(found.target)
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))
    assert set(order) == MODULES.keys()


def test_every_own_import_names_a_module():
    assert {found.target for found in OWN} <= MODULES.keys()


def allowed_in(path):
    """Packages that one place alone may import."""
    if path.startswith("keras/"):
        return KERAS_ONLY
    # Joblib carries it up to 1.5 and depends on it from 1.6.
    return {"cloudpickle"} if path == "_joblib_compat.py" else set()


def test_dependencies():
    allowed = set(sys.stdlib_module_names) | DEPENDENCIES
    wrong = [found for found in FOREIGN if found.package not in allowed | allowed_in(found.path)]
    assert not wrong, "import it through _optional.require:" + listed(wrong)


@pytest.mark.parametrize("package, home", PRIVATE_OF.items())
def test_private_names_have_one_home(package, home):
    private = [found for found in FOREIGN if found.package == package and is_private(found)]
    wrong = [found for found in private if found.path != home]
    assert not wrong, listed(wrong)
    assert private, f"{home} has no private name left: it may go"


def test_scikeras_has_one_home():
    wrong = [
        found
        for found in FOREIGN
        if found.package == "scikeras" and found.path != "keras/_scikeras_compat.py"
    ]
    assert not wrong, listed(wrong)


# The rules themselves: each must see what it is made for.


@pytest.mark.parametrize(
    "path, source, is_fine",
    [
        ("space/_space.py", "from ..exceptions import InvalidSpaceError", True),
        ("space/_space.py", "from ._parse import parse_branches", True),
        ("space/_space.py", "from .._engine import History", False),
        ("space/_space.py", "from sktune._engine._history import History", False),
        ("_engine/__init__.py", "from ..space import SearchSpace", False),
        ("_engine/_engine.py", "def f():\n    from ..optimizers import BaseOptimizer", False),
        ("_gp/__init__.py", "from ..optimizers._base import BaseOptimizer", False),
        ("_hypergradients/_problem.py", "from ..space import SearchSpace", False),
        ("_search/_base.py", "from .. import keras", False),
        ("_search/_base.py", "from .. import BayesSearchCV", False),
        ("_search/_base.py", "import sktune", False),
        ("_records/_listener.py", "from .._optional import require", False),
        ("__init__.py", "from ._search import BayesSearchCV", True),
        ("__init__.py", "from .space import SearchSpace", False),
        ("callbacks/_base.py", "from ..inspection import read_search", True),
        ("callbacks/_base.py", "from .._search import BayesSearchCV", False),
        ("inspection/_trace.py", "from ..callbacks import log_search", False),
    ],
)
def test_the_floors_see(path, source, is_fine):
    (found,) = imports_of(PACKAGE / path, source)
    assert is_allowed(found) is is_fine


@pytest.mark.parametrize(
    "source, is_hidden",
    [
        ("from sklearn.base import clone", False),
        ("from sklearn.base import _fit_context", True),
        ("from sklearn.utils._tags import get_tags", True),
        ("import sklearn.model_selection._search", True),
        ("from joblib.parallel import Parallel", True),
        ("from joblib import Parallel", False),
        ("from sklearn import __version__", False),
    ],
)
def test_what_counts_as_private(source, is_hidden):
    (found,) = imports_of(PACKAGE / "space/_space.py", source)
    assert is_private(found) is is_hidden


# A fresh interpreter

REPORT = """
import json, logging, os, random, sys, warnings
import joblib, scipy.optimize, scipy.stats, sklearn.model_selection, threadpoolctl
import numpy as np

def state():
    return repr((
        warnings.filters, sorted(os.environ.items()), sklearn.get_config(), random.getstate(),
        np.random.get_state(), np.geterr(), logging.root.handlers, logging.root.level,
        joblib.effective_n_jobs(-1), sys.path,
    ))

before, loaded = state(), set(sys.modules)
import sktune
added = sorted(set(sys.modules) - loaded)
print(json.dumps({"added": added, "is_unchanged": state() == before}))
"""


def run_fresh(code):
    """What a program prints in a Python of its own, which must end well and quietly."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=PACKAGE.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


@pytest.fixture(scope="module")
def fresh_import():
    return json.loads(run_fresh(REPORT))


def test_import_loads_no_extra(fresh_import):
    added = {module.partition(".")[0] for module in fresh_import["added"]}
    assert "sktune" in added
    assert not added & set(EXTRAS)
    assert "sktune.keras" not in fresh_import["added"]


def test_import_needs_no_extra():
    # scikit-learn itself loads some of them where they are installed.
    code = f"import sys; sys.modules.update(dict.fromkeys({EXTRAS})); import sktune; print('done')"
    assert run_fresh(code).strip() == "done"


def test_import_changes_no_state(fresh_import):
    assert fresh_import["is_unchanged"]
