"""Displays: one a file; matplotlib is imported when something is drawn."""

from ._trace_display import TraceDisplay

__all__ = ["TraceDisplay"]
