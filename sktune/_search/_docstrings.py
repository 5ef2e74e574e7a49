"""What the docstrings of all searches share.

scikit-learn reads the parameters from the signature of each class, so these stay written out.
"""

from __future__ import annotations

import inspect
from typing import TypeVar

Class = TypeVar("Class", bound=type)

PARAMETERS = """
estimator : estimator object
    With a ``score`` method, or give `scoring`.
param_distributions : dict, list of dict or "auto"
    "auto": a ready space, as :func:`sktune.space.suggest_space` gives it for the estimator and
    the data. Else parameter names (str) to distributions (of ``scipy.stats``,
    :func:`sktune.space.log_randint`, or whatever has ``rvs``) or to lists. Numbers in a list
    are ordered, tuples of numbers have coordinates; anything else (None, str, bool, dicts,
    estimators) is a category. Continuous distributions are searched between the quantiles
    0.001 and 0.999. A list of dicts is one space with branches. Lists alone with at most
    `n_iter` settings are run whole, in the order of ``GridSearchCV``.
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
    Which parameters have no effect under some values of others, as `degree` where the
    kernel is not "poly". Settings that differ only in these are one; they are set to the
    estimator's own value if it is in the space, else to the first choice or the median.
    "auto": what is known of the estimator. A dict: under what each parameter has an effect,
    ``{"degree": {"kernel": ["poly"]}}``; all entries of the inner dict must hold, or of one
    in a list of such dicts, and a function that is True for values may stand for the
    values. None: all parameters have an effect always.
racing : bool, default=False
    Drop the other folds of a setting that can hardly become the best any more, judged by
    the metric that is maximised. ``cv_results_`` then has ``n_splits_done``, nan for what
    was not computed and in ``mean_test_*`` of dropped settings, the mean over the folds
    that were run in ``mean_partial_test_*``, and ranks dropped ones behind all others; a
    callable `refit` is given the complete ones only.
max_time : float or None, default=None
    Seconds for the whole search without the refit. After that nothing more is started,
    running folds are allowed to finish, and what is not complete counts as dropped, as with
    `racing`; at least one setting is completed. None: no limit.
fit_timeout : float or None, default=None
    Seconds for one fold. A setting with a fit that takes longer gets `error_score`, and the
    worker is freed, where that is possible: see the user guide for what each backend promises.
    The time to start a worker and to import the estimator does not count. None: no limit.
stop_when_converged : bool, default=False
    Stop when what is still to be gained, by the bound of `optimizer_.remaining_gain`, is
    less than the standard error of the best mean score: from there on the search would
    fit the folds. Not before 20 complete settings. Only ``BayesSearchCV`` has a model that can
    tell; other searches refuse True.
journal : str or path-like, default=None
    File to which each finished fold is written at once. ``fit`` with the journal of the same
    search, whose other session was killed, say, continues from there and repeats no fold
    of it; `n_iter`, `max_time` and `n_jobs` may differ by then. A folder gets a file of its
    own for each search that differs, as in nested cross-validation.
keep_predictions : bool, default=False
    Keep in `oof_scores_` what each row adds to the metric while it is held out, for all
    candidates, or, where the metric is no mean over rows, the predictions of the best 20: at
    4 bytes a number. With it ``sktune.inspection.compare_to_default`` tells better from
    luckier without another fit. Nothing is kept for folds in the order of time, for several
    numbers a row, or for a function as `scoring` that is not made by ``make_scorer``. Never
    in the journal: candidates that were resumed are not kept.
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
    Its place in ``cv_results_``.
scorer_ : callable or dict of str to callable
    What was used for scoring.
n_splits_ : int
    Number of folds.
refit_time_ : float
    Seconds that the refit took.
multimetric_ : bool
    Whether several metrics were computed.
classes_ : ndarray of shape (n_classes,)
    Labels, of a classifier.
n_features_in_ : int
    Features of `X`, where `best_estimator_` knows it.
feature_names_in_ : ndarray of shape (n_features_in_,)
    Their names, where `best_estimator_` knows them.
optimizer_ : BaseOptimizer
    The optimiser with all it was told.
objective_metric_ : str
    The metric that was maximised.
n_fits_ : int
    Folds that were fitted, the refit not counted. Of a candidate that was dropped, or had a
    fit over `fit_timeout`, not all are.
search_time_ : float
    Seconds that the search took, without the refit.
fold_log_ : FoldLog
    Who ran which fold, and when: arrays ``candidates``, ``splits``, ``submitted`` and
    ``finished`` (seconds since the search began), and ``workers``. Folds that a journal had
    are not in it.
cv_ : splitter
    Draws the folds of the search again.
oof_scores_ : OutOfFold or None
    What `keep_predictions` has kept, in ``values``, of the ``candidates`` listed. Set it to
    None to drop it from a pickle.
param_distributions_ : dict or list of dict
    What was searched: `param_distributions`, or what "auto" stands for.
conditions_ : dict or list of dict
    The conditions that were assumed, for each dict of a list of them; empty: none.
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
    estimator itself. None: nothing.
refit_params_ : dict
    What the estimator changed in the best setting for the refit, by its method
    ``refit_params`` and the reports of the best candidate: for example fewer epochs. Empty:
    nothing. Only with `refit`.
"""


def with_shared_text(search_class: Class) -> Class:
    """Fill ``{parameters}`` and ``{attributes}`` in the docstring of a search."""
    if search_class.__doc__:  # absent with python -OO
        text = inspect.cleandoc(search_class.__doc__)
        text = text.replace("{parameters}", PARAMETERS.strip("\n"))
        search_class.__doc__ = text.replace("{attributes}", ATTRIBUTES.strip("\n"))
    return search_class
