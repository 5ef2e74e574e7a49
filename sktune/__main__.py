"""The command line: ``python -m sktune report SOURCE``."""

from ._search._command._command_line import main

if __name__ == "__main__":
    raise SystemExit(main())
