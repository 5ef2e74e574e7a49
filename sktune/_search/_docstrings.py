"""Text that the docstrings of all searches share.

scikit-learn reads the parameters from the signature of each class, so signatures are written out.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)

PARAMETERS = """
estimator : estimator object
    The estimator to tune. If it has no ``score`` method, give `scoring`.
param_distributions : dict, list of dict or "auto"
    "auto": a ready space, as :func:`sktune.space.suggest_space` gives it for the estimator and
    the data. Otherwise a dict of parameter names (str) to distributions (of ``scipy.stats``,
    :func:`sktune.space.log_randint`, or whatever has ``rvs``) or to lists. Numbers in a list
    are ordered, tuples of numbers have coordinates; anything else (None, str, bool, dicts,
    estimators) is a category. Continuous distributions are searched between the quantiles
    0.001 and 0.999. A list of dicts is one space with branches. A space of lists alone with at most
    `n_iter` settings is run whole, in the order of ``GridSearchCV``.
n_iter : int, default=10
    Settings to try, at least 1. The search stops early when a finite space is exhausted.
scoring : str, callable, list, tuple or dict, default=None
    As in ``GridSearchCV``; None is the estimator's own ``score``. With several metrics
    the search maximises the one that `refit` names, else the first.
n_jobs : int or None, default=None
    Folds that run side by side; None is 1 unless in a ``joblib.parallel_config``
    context, -1 all cores.
refit : bool, str or callable, default=True
    As in ``GridSearchCV``: whether to fit the best setting on all data, which metric
    decides, or a callable that is given ``cv_results_`` and returns the best index.
cv : int, cross-validation generator or iterable, default=None
    As in ``GridSearchCV``; None is 5 folds, stratified for classifiers. The folds are
    drawn once per fit, so every candidate is evaluated on the same ones.
verbose : int, default=0
    As in ``GridSearchCV``: the higher, the more is printed.
pre_dispatch : int or str, default='2*n_jobs'
    Accepted for compatibility, without effect: a task is sent when a worker is free.
random_state : int, RandomState instance or None, default=None
    Pass an int for the same search on every call with ``n_jobs=1``. With more workers
    the result also depends on the order in which folds finish.
error_score : 'raise' or float, default=np.nan
    Score of a fold that fails; a number also gives a ``FitFailedWarning``. The optimiser
    is told that the setting failed, not this number.
return_train_score : bool, default=False
    Whether ``cv_results_`` has the scores of the training parts.
initial_params : list of dict or "default", default=None
    Settings to try first, in their order and with their exact values, counted in
    `n_iter`; each must lie in the space. None: the estimator's own values, where every
    searched parameter has its current value in the space, so that the search never ends
    below them; then, for some estimators, settings that did well on public data (and nothing,
    where the space is run whole). "default": the estimator's own values alone. ``[]``: none.
constraint : callable, default=None
    ``constraint(params: dict) -> bool``: settings for which it is False are neither
    suggested nor fitted.
conditions : "auto", dict or None, default="auto"
    Which parameters have no effect under some values of others, such as `degree` if
    the kernel is not "poly". Settings that differ only in these parameters are one setting; the
    parameters get the estimator's own value if it is in the space, else the first choice or the
    median. "auto": what is known of the estimator. A dict: the condition under which each
    parameter has an effect, ``{"degree": {"kernel": ["poly"]}}``. All entries of the inner dict
    must hold, or, in a list of such dicts, those of one dict; a function that returns True for
    values may take the place of the list of values. None: all parameters always have an effect.
racing : bool, default=False
    Drop the remaining folds of a setting that can hardly become the best any more, judged by
    the metric that is maximised. ``cv_results_`` then also has ``n_splits_done`` and, in
    ``mean_partial_test_*``, the mean over the folds that were run. Scores that were not computed
    and ``mean_test_*`` of dropped settings are nan, and dropped settings are ranked behind all
    others; a callable `refit` is given the complete settings only.
max_time : float or None, default=None
    Seconds for the whole search without the refit. After that nothing more is started,
    running folds are allowed to finish, and incomplete settings count as dropped, as with
    `racing`; at least one setting is completed. None: no limit.
fit_timeout : float or None, default=None
    Seconds for one fold. A setting with a fit that takes longer gets `error_score`, and the
    worker is freed if possible: see the user guide for what each backend promises.
    The time to start a worker and to import the estimator does not count. None: no limit.
stop_when_converged : bool, default=False
    Stop when the gain that is still possible, as bounded by ``optimizer_.remaining_gain()``, is
    less than the standard error of the best mean score: from there on the search would overfit
    the folds. At least 20 settings are completed first. Only ``BayesSearchCV`` has a model that
    bounds the gain; other searches refuse True.
journal : str or path-like, default=None
    File to which each finished fold is written at once. ``fit`` with the journal of an
    earlier session of the same search, for example one that was killed, continues from there
    and repeats none of its folds; `n_iter`, `max_time` and `n_jobs` may have changed. In a
    folder, each different search gets a file of its own, as in nested cross-validation.
keep_predictions : bool, default=False
    Keep in `oof_scores_` what each row adds to the metric while it is held out, for all
    candidates; if the metric is not a mean over rows, keep the predictions of the best 20, all
    of them where a row is tested in several repeats. A number takes 4 bytes. With them
    ``sktune.inspection.compare_to_default`` tells a better setting from a luckier one without
    another fit. Nothing is kept for folds in the order of time, for a `scoring` function that is
    not made by ``make_scorer``, or for several predictions a row whose metric is not a mean over
    rows. The journal does not hold these rows: candidates read from it have none.
"""

ATTRIBUTES = """
cv_results_ : dict of str to array of length n_candidates
    As in ``GridSearchCV``, in the order of suggestion.
best_estimator_ : estimator
    Refitted on all data with the best setting; only with `refit`.
best_score_ : float
    Mean cross-validated score of the best setting; not with a callable `refit`.
best_params_ : dict
    The best setting.
best_index_ : int
    Index of the best setting in ``cv_results_``.
scorer_ : callable or dict of str to callable
    What was used for scoring.
n_splits_ : int
    Number of folds.
refit_time_ : float
    Seconds that the refit took.
multimetric_ : bool
    Whether several metrics were computed.
classes_ : ndarray of shape (n_classes,)
    Class labels, if the estimator is a classifier.
n_features_in_ : int
    Features of `X`, where `best_estimator_` knows it.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Their names, where `best_estimator_` knows them.
optimizer_ : BaseOptimizer
    The optimiser with all it was told.
objective_metric_ : str
    The metric that was maximised.
n_fits_ : int
    Folds that were fitted, the refit not counted. A candidate that was dropped, or had a
    fit over `fit_timeout`, may have fewer than the others.
search_time_ : float
    Seconds that the search took, without the refit.
fold_log_ : FoldLog
    Who ran which fold, and when: arrays ``candidates``, ``splits``, ``submitted`` and
    ``finished`` (seconds since the search began), and ``workers``. Folds read from a
    journal are not in it.
cv_ : splitter
    Gives the folds of the search again.
oof_scores_ : OutOfFold or None
    What `keep_predictions` has kept: a row of ``values`` for each of ``candidates``. Set it to
    None to leave it out of a pickle.
param_distributions_ : dict or list of dict
    What was searched: `param_distributions`, or what "auto" stands for.
conditions_ : dict or list of dict
    The conditions that were assumed, one dict for each dict of the space; empty: none.
search_warnings_ : list of str
    A sentence for each parameter whose best value lies on the edge of its range, where
    better ones may lie beyond; see ``EdgeOfRangeWarning``.
stop_reason_ : str
    What ended the search: ``"n_iter"``, ``"space exhausted"``, ``"max_time"``,
    ``"converged"``, ``"interrupted"`` (by Ctrl-C), ``"stopped"`` (by :meth:`stop`) or
    ``"callback"``.
fit_reports_ : list of length n_candidates of list of length n_splits
    What the estimator reported of each fit in ``fit_report_``, such as its learning curve:
    a dict of the nested estimators' names to their reports, with the name ``""`` for the
    estimator itself. None: no report.
fit_errors_ : dict of (int, int) to str
    Tracebacks of the fits that failed, by candidate and split.
refit_params_ : dict
    What the estimator changed in the best setting for the refit, by its method
    ``refit_params`` and the reports of the best candidate: for example fewer epochs. Empty:
    nothing. Only with `refit`.
"""


def with_shared_text(search_class: Class) -> Class:
    """Fill ``{parameters}`` and ``{attributes}`` in the docstring of a search.

    Of the parameters those that it has, with its own default of `n_iter`.
    """
    if search_class.__doc__:  # absent with python -OO
        own = inspect.signature(search_class).parameters
        entries = re.split(r"\n(?=\w+ : )", PARAMETERS.strip("\n"))
        shown = "\n".join(entry for entry in entries if entry.partition(" : ")[0] in own)
        shown = shown.replace("n_iter : int, default=10", f"n_iter : int, default={_n_iter(own)}")
        text = inspect.cleandoc(search_class.__doc__)
        text = text.replace("{parameters}", shown)
        search_class.__doc__ = text.replace("{attributes}", ATTRIBUTES.strip("\n"))
    return search_class


def _n_iter(own: Mapping[str, inspect.Parameter]) -> Any:
    return own["n_iter"].default if "n_iter" in own else 10
