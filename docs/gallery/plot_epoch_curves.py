"""
Learning curves
===============

The loss on held-out rows after each epoch: the best candidate with its spread over the folds, the
others thin. Any estimator can report such curves in ``fit_report_``; those of ``sktune.keras`` do.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy.stats import loguniform
from sklearn.datasets import load_diabetes
from sklearn.linear_model import SGDRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sktune import BayesSearchCV
from sktune.inspection import EpochCurveDisplay


class ReportingSGD(SGDRegressor):
    """Gradient descent that reports its loss."""

    def fit(self, X, y):
        """Descend for 40 epochs, with the loss on every fifth row after each of them."""
        is_inner = np.arange(len(X)) % 5 == 0
        losses = []
        for _ in range(40):
            self.partial_fit(X[~is_inner], y[~is_inner])
            losses.append(float(np.mean((self.predict(X[is_inner]) - y[is_inner]) ** 2)))
        self.fit_report_ = {"history": {"val_loss": losses}}
        return self


X, y = load_diabetes(return_X_y=True)
model = make_pipeline(StandardScaler(), ReportingSGD(learning_rate="constant", random_state=0))
space = {"reportingsgd__eta0": loguniform(1e-5, 1e-1), "reportingsgd__alpha": loguniform(1e-6, 1)}
search = BayesSearchCV(model, space, n_iter=15, random_state=0).fit(X, y)

EpochCurveDisplay.from_search(search)
plt.show()
