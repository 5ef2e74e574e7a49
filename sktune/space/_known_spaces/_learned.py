"""Settings that did well on public data, by the path of the class.

They were chosen one by one, each to lower the mean regret of the best of them the most.
``benchmarks/starts/`` has the data sets, and the scripts by which the settings were learned and
judged. Estimators for which no gain was shown on other data sets are left out.

Numbers relative to the data have names such as "gamma * n_features" and "C / spread".
"""

from __future__ import annotations

from typing import Any

LEARNED: dict[str, list[dict[str, Any]]] = {
    "sklearn.tree.DecisionTreeClassifier": [
        {
            "ccp_alpha": 0.001,
            "max_depth": 28,
            "min_samples_leaf": 10,
            "min_samples_split": 2,
        },
        {
            "ccp_alpha": 0.0007,
            "max_depth": 28,
            "min_samples_leaf": 2,
            "min_samples_split": 36,
        },
        {
            "ccp_alpha": 0.00049,
            "max_depth": 26,
            "min_samples_leaf": 98,
            "min_samples_split": 96,
        },
    ],
    "xgboost.sklearn.XGBClassifier": [
        {
            "booster": "gbtree",
            "colsample_bylevel": 0.88,
            "colsample_bytree": 0.85,
            "gamma": 6.6e-05,
            "learning_rate": 0.23,
            "max_depth": 10,
            "min_child_weight": 6.3,
            "n_estimators": 96,
            "reg_alpha": 0.014,
            "reg_lambda": 0.0025,
            "subsample": 0.85,
        },
        {
            "booster": "gbtree",
            "colsample_bylevel": 0.69,
            "colsample_bytree": 0.96,
            "gamma": 1.2,
            "learning_rate": 0.14,
            "max_depth": 10,
            "min_child_weight": 16.0,
            "n_estimators": 56,
            "reg_alpha": 0.0037,
            "reg_lambda": 2.2,
            "subsample": 0.57,
        },
        {
            "booster": "gbtree",
            "colsample_bylevel": 0.99,
            "colsample_bytree": 0.86,
            "gamma": 0.0023,
            "learning_rate": 0.36,
            "max_depth": 8,
            "min_child_weight": 3.0,
            "n_estimators": 140,
            "reg_alpha": 0.79,
            "reg_lambda": 0.0022,
            "subsample": 0.84,
        },
    ],
}
