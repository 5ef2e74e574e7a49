"""The data sets by name, and the estimator whose penalties are searched on them."""

from functools import partial

import numpy as np
import pandas as pd
from data import SETS, load, numbers
from factors import TABLES, grouped
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import Pipeline

# Those with three or four parts, mostly numbers, and those with factors of many levels.
WITH_NUMBERS = {make.__name__: partial(load, make) for make in SETS}
WITH_FACTORS = {table.name: partial(grouped, table) for table in TABLES}


def read_problem(name, n_shuffled=0):
    """Data, and the estimator: logistic regression for two classes, else ridge.

    `n_shuffled` columns are drawn from the numbers and shuffled, as one part more.
    """
    X, y, parts = {**WITH_NUMBERS, **WITH_FACTORS}[name]()
    y = np.asarray(y)
    if n_shuffled:
        rng = np.random.default_rng(1)
        of_numbers = X.select_dtypes("number").columns
        drawn = {
            f"shuffled {k}": rng.permutation(X[rng.choice(of_numbers)].to_numpy())
            for k in range(n_shuffled)
        }
        X.columns = X.columns.astype(str)
        parts = {
            part: (transformer, [str(column) for column in columns])
            for part, (transformer, columns) in parts.items()
        }
        X = pd.concat([X, pd.DataFrame(drawn)], axis=1)
        parts["shuffled"] = numbers(list(drawn))
    is_binary = len(np.unique(y)) == 2
    model = LogisticRegression(max_iter=1000) if is_binary else Ridge()
    union = ColumnTransformer([(part, *parts[part]) for part in parts])
    return X, y, Pipeline([("parts", union), ("model", model)])
