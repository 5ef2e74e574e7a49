"""The source of a function, which distinguishes it from others of the same name."""

from __future__ import annotations

import ast
import hashlib
import inspect
import textwrap
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

# Sources up to this length are kept in a description as they are.
MAX_TEXT = 100


def source_of(function: FunctionType, describe: Callable[[Any], str]) -> str:
    """Source of a function, or its digest; that of its compiled code if there is no source.

    For a decorated function both sources: the wrapper is the same for all functions.
    """
    texts = [_text(function.__code__, describe)]
    inner = inspect.unwrap(function)
    if inner is not function and isinstance(inner, FunctionType):
        texts.append(_text(inner.__code__, describe))
    text = "\n".join(texts)
    return text if len(text) <= MAX_TEXT and "\n" not in text else digest(text.encode())


def digest(data: Any) -> str:
    """Digest of the bytes of a buffer; 64 bits, short enough for people to compare."""
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def is_importable(function: FunctionType, module: Any) -> bool:
    """Whether a function is what its module holds under its name: it then has no closure."""
    found = module
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is function


def _text(code: CodeType, describe: Callable[[Any], str]) -> str:
    try:
        if code.co_name == "<lambda>":
            return _lambda_text(code)
        return textwrap.dedent(inspect.getsource(code)).rstrip()
    # Typed into an interpreter, made by exec, or the file is gone or has changed since.
    except (OSError, TypeError, SyntaxError, ValueError):
        return _code_text(code, describe)


def _lambda_text(code: CodeType) -> str:
    """Source of a lambda, without the statement that contains it.

    That statement may contain `n_iter`, which must not matter.
    """
    text = "".join(inspect.findsource(code)[0])
    found = [
        node
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno
    ]
    same_place = [node for node in found if _extent(node.body) == _code_extent(code)]
    segments = [ast.get_source_segment(text, node) for node in same_place or found]
    if not segments:
        raise OSError("no lambda is where the code says")
    return " ".join(filter(None, segments))


def _extent(node: ast.expr) -> tuple[tuple[int, int], tuple[int, int]]:
    """Line and column of the first character, and of the end after the last."""
    return (node.lineno, node.col_offset), (node.end_lineno or 0, node.end_col_offset or 0)


def _code_extent(code: CodeType) -> tuple[tuple[int, int], tuple[int, int]]:
    """The same for the expression that a lambda's code computes."""
    starts, ends = [], []
    for line, end_line, column, end_column in code.co_positions():
        # An instruction without width belongs to no expression.
        if None in (line, end_line, column, end_column) or (line, column) == (end_line, end_column):
            continue
        starts.append((line or 0, column or 0))
        ends.append((end_line or 0, end_column or 0))
    return min(starts, default=(0, 0)), max(ends, default=(0, 0))


def _code_text(code: CodeType, describe: Callable[[Any], str]) -> str:
    """Instructions, names and constants; they change with the version of Python."""
    constants = [
        _code_text(constant, describe) if isinstance(constant, CodeType) else describe(constant)
        for constant in code.co_consts
    ]
    return "\n".join([code.co_code.hex(), *code.co_names, *constants])
