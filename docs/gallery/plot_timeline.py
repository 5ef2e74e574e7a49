"""
Which worker ran what, and when
===============================

One row for each worker; with racing, the folds of candidates that were dropped have their own
colour. Only searches of sktune keep the data for this picture.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import TimelineDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, racing=True, random_state=0).fit(X, y)

TimelineDisplay.from_search(search)
plt.show()
