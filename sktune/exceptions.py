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
         ├─ GradientWarning
         ├─ JournalWarning
         ├─ ListenerWarning
         ├─ NoSavingsWarning
         ├─ PartWeightsWarning
         ├─ PartialSpaceWarning
         ├─ RefitParamsWarning
         ├─ SearchInterruptedWarning
         ├─ SkippedFilesWarning
         ├─ SkippedSettingsWarning
         ├─ SpaceExhaustedWarning
         ├─ StateLostWarning
         ├─ SurrogateWarning
         ├─ TrackerWarning
         ├─ TradeOffWarning
         ├─ TrainedAnewWarning
         └─ WorkerDiedWarning
"""

__all__ = [
    "EdgeOfRangeWarning",
    "EmptySpaceError",
    "FitTimeoutError",
    "GradientWarning",
    "ImageFileError",
    "InvalidSpaceError",
    "InvalidSpaceTypeError",
    "JournalError",
    "JournalWarning",
    "ListenerWarning",
    "MissingDependencyError",
    "NoSavingsWarning",
    "PartWeightsWarning",
    "PartialSpaceWarning",
    "RefitParamsWarning",
    "SearchInterruptedWarning",
    "SkippedFilesWarning",
    "SkippedSettingsWarning",
    "SktuneError",
    "SktuneWarning",
    "SpaceExhaustedWarning",
    "StateLostWarning",
    "SurrogateWarning",
    "TrackerWarning",
    "TradeOffWarning",
    "TrainedAnewWarning",
    "WorkerDiedWarning",
]


class SktuneError(Exception):
    """Base class of all sktune errors."""


class InvalidSpaceError(SktuneError, ValueError):
    """A search space, or a setting that should lie in it, is not usable."""


class InvalidSpaceTypeError(InvalidSpaceError, TypeError):
    """A search space contains an object of a type that is not supported."""


class EmptySpaceError(InvalidSpaceError):
    """No setting of a search space was found that its constraint allows."""


class FitTimeoutError(SktuneError, TimeoutError):
    """A fit took longer than `fit_timeout`."""


class ImageFileError(SktuneError, ValueError):
    """Image files are missing, damaged, or not where they should be; the message names them."""


class JournalError(SktuneError, ValueError):
    """A journal is damaged, in use, or belongs to another search."""


class MissingDependencyError(SktuneError, ImportError):
    """An optional dependency is needed and not installed."""


class SktuneWarning(UserWarning):
    """Base class of all sktune warnings."""


class EdgeOfRangeWarning(SktuneWarning):
    """The best value of a parameter sits on the edge of its range: better ones may lie beyond."""


class GradientWarning(SktuneWarning):
    """The slope of some folds cannot be trusted; the search goes on without it."""


class JournalWarning(SktuneWarning):
    """A journal cannot be written any more, or not in full; the search goes on."""


class ListenerWarning(SktuneWarning):
    """A listener to a search failed and is not called again; the search goes on."""


class NoSavingsWarning(SktuneWarning):
    """Fits on fewer rows take about as long as on all of them."""


class PartWeightsWarning(SktuneWarning):
    """Weights for the parts of the features are too many, or do no better than one penalty."""


class PartialSpaceWarning(SktuneWarning):
    """A ready space leaves out parts or parameters of an estimator that it does not know."""


class RefitParamsWarning(SktuneWarning):
    """``refit_params`` of an estimator failed: it is refitted with the best setting alone."""


class SearchInterruptedWarning(SktuneWarning):
    """The search was stopped early; what was complete is kept."""


class SkippedFilesWarning(SktuneWarning):
    """Files beside the images were left out."""


class SkippedSettingsWarning(SktuneWarning):
    """Settings of an earlier search do not lie in the space and were left out."""


class SpaceExhaustedWarning(SktuneWarning):
    """The space has fewer distinct settings than the search was allowed to try."""


class StateLostWarning(SktuneWarning):
    """A setting could not be trained on from where it stopped, and was trained from nothing."""


class SurrogateWarning(SktuneWarning):
    """There are too few candidates for what a model of the search is asked."""


class TradeOffWarning(SktuneWarning):
    """A search with several scores has little to trade, or nothing within the limits asked for."""


class TrackerWarning(SktuneWarning):
    """A tracker has failed, or could not write all in time; the search is unharmed."""


class TrainedAnewWarning(SktuneWarning):
    """An estimator cannot be trained on, so that it begins from nothing at each rung."""


class WorkerDiedWarning(SktuneWarning):
    """A worker died while it ran a fold."""
