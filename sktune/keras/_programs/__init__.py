"""Compiled epochs, and which models may share one."""
