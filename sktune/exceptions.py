"""Errors and warnings of sktune.

Each error also derives from the built-in type that a caller would expect, so code written
for scikit-learn's own searches catches them unchanged::

    Exception
     └─ SktuneError
         ├─ InvalidSpaceError          (ValueError)
         ├─ InvalidSpaceTypeError      (InvalidSpaceError, TypeError)
         ├─ EmptySpaceError            (InvalidSpaceError)
         ├─ ImageFileError             (ValueError)
         └─ MissingDependencyError     (ImportError)

    UserWarning
     └─ SktuneWarning
         ├─ EdgeOfRangeWarning
         ├─ RefitParamsWarning
         ├─ SkippedFilesWarning
         └─ SpaceExhaustedWarning
"""

__all__ = [
    "EdgeOfRangeWarning",
    "EmptySpaceError",
    "ImageFileError",
    "InvalidSpaceError",
    "InvalidSpaceTypeError",
    "MissingDependencyError",
    "RefitParamsWarning",
    "SkippedFilesWarning",
    "SktuneError",
    "SktuneWarning",
    "SpaceExhaustedWarning",
]


class SktuneError(Exception):
    """Base of all errors that sktune raises by itself."""


class InvalidSpaceError(SktuneError, ValueError):
    """A search space, or a setting that should lie in it, is not usable."""


class InvalidSpaceTypeError(InvalidSpaceError, TypeError):
    """A search space holds an object of a type that it cannot hold."""


class EmptySpaceError(InvalidSpaceError):
    """No setting of a search space was found that its constraint allows."""


class ImageFileError(SktuneError, ValueError):
    """Image files are missing, damaged, or not where they should be; the message names them."""


class MissingDependencyError(SktuneError, ImportError):
    """An optional dependency is needed and not installed."""


class SktuneWarning(UserWarning):
    """Base of all warnings that sktune gives by itself."""


class EdgeOfRangeWarning(SktuneWarning):
    """The best value of a parameter sits on the edge of its range: better ones may lie beyond."""


class RefitParamsWarning(SktuneWarning):
    """An estimator failed to say how to refit: it is refitted with the best setting alone."""


class SkippedFilesWarning(SktuneWarning):
    """Files beside the images were left out."""


class SpaceExhaustedWarning(SktuneWarning):
    """The space has fewer distinct settings than the search was allowed to try."""
