"""Settings that did well on public data, by the path of the class.

Each complements those before it: on the data sets that taught them, the best of them was best on
average. ``benchmarks/starts/`` has the data sets, the script that learns and the one that judges.
Estimators whose starts did not hold on other data are left out.

A number with a unit is written so: "gamma * n_features", "C / spread".
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
