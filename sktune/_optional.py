"""Optional dependencies: import them where they are used, or say what to install."""

from __future__ import annotations

import importlib
from types import ModuleType

from .exceptions import MissingDependencyError


def require(module: str, extra: str, caller: str) -> ModuleType:
    """Import an optional dependency.

    Parameters
    ----------
    module : str
        Full name of the module, such as ``"matplotlib.pyplot"``.
    extra : str
        The extra of sktune that installs it.
    caller : str
        What needs the module, in the user's words; the error message begins with it.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    MissingDependencyError
        If the module cannot be imported; the message gives the command that installs it.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingDependencyError(
            f"{caller} needs {package}, which could not be imported ({error}). "
            f'Install it, in a checkout of sktune, with: pip install ".[{extra}]"'
        ) from error
