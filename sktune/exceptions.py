"""Errors and warnings of sktune.

Each error also derives from the built-in type that a caller would expect, so code written
for scikit-learn's own searches catches them unchanged::

    Exception
     └─ SktuneError
         ├─ InvalidSpaceError          (ValueError)
         ├─ InvalidSpaceTypeError      (InvalidSpaceError, TypeError)
         ├─ EmptySpaceError            (InvalidSpaceError)
         ├─ FitTimeoutError            (TimeoutError)
         ├─ ImageFileError             (ValueError)
         ├─ JournalError               (ValueError)
         └─ MissingDependencyError     (ImportError)

    UserWarning
     └─ SktuneWarning
         ├─ EdgeOfRangeWarning
         ├─ JournalWarning
         ├─ ListenerWarning
         ├─ PartialSpaceWarning
         ├─ RefitParamsWarning
         ├─ SearchInterruptedWarning
         ├─ SkippedFilesWarning
         ├─ SkippedSettingsWarning
         ├─ SpaceExhaustedWarning
         ├─ SurrogateWarning
         ├─ TradeOffWarning
         └─ WorkerDiedWarning
"""

__all__ = [
    "EdgeOfRangeWarning",
    "EmptySpaceError",
    "FitTimeoutError",
    "ImageFileError",
    "InvalidSpaceError",
    "InvalidSpaceTypeError",
    "JournalError",
    "JournalWarning",
    "ListenerWarning",
    "MissingDependencyError",
    "PartialSpaceWarning",
    "RefitParamsWarning",
    "SearchInterruptedWarning",
    "SkippedFilesWarning",
    "SkippedSettingsWarning",
    "SktuneError",
    "SktuneWarning",
    "SpaceExhaustedWarning",
    "SurrogateWarning",
    "TradeOffWarning",
    "WorkerDiedWarning",
]


class SktuneError(Exception):
    """Base class of all sktune errors."""


class InvalidSpaceError(SktuneError, ValueError):
    """A search space, or a setting that should lie in it, is not usable."""


class InvalidSpaceTypeError(InvalidSpaceError, TypeError):
    """A search space holds an object of a type that it cannot hold."""


class EmptySpaceError(InvalidSpaceError):
    """No setting of a search space was found that its constraint allows."""


class FitTimeoutError(SktuneError, TimeoutError):
    """A fit took longer than `fit_timeout`."""


class ImageFileError(SktuneError, ValueError):
    """Image files are missing, damaged, or not where they should be; the message names them."""


class JournalError(SktuneError, ValueError):
    """A journal is damaged, in use, or not of this search."""


class MissingDependencyError(SktuneError, ImportError):
    """An optional dependency is needed and not installed."""


class SktuneWarning(UserWarning):
    """Base of all warnings that sktune gives by itself."""


class EdgeOfRangeWarning(SktuneWarning):
    """The best value of a parameter sits on the edge of its range: better ones may lie beyond."""


class JournalWarning(SktuneWarning):
    """A journal cannot be written any more, or not in full; the search goes on."""


class ListenerWarning(SktuneWarning):
    """A listener to a search has failed and hears no more of it; the search goes on."""


class PartialSpaceWarning(SktuneWarning):
    """A ready space leaves out parts or parameters of an estimator that it does not know."""


class RefitParamsWarning(SktuneWarning):
    """An estimator failed to say how to refit: it is refitted with the best setting alone."""


class SearchInterruptedWarning(SktuneWarning):
    """The search was stopped early; what was complete is kept."""


class SkippedFilesWarning(SktuneWarning):
    """Files beside the images were left out."""


class SkippedSettingsWarning(SktuneWarning):
    """Settings of an earlier search do not lie in the space and were left out."""


class SpaceExhaustedWarning(SktuneWarning):
    """The space has fewer distinct settings than the search was allowed to try."""


class SurrogateWarning(SktuneWarning):
    """There are too few candidates for what a model of the search is asked."""


class TradeOffWarning(SktuneWarning):
    """A search with several scores has little to trade, or nothing within the limits asked for."""


class WorkerDiedWarning(SktuneWarning):
    """A worker died while it ran a fold."""
