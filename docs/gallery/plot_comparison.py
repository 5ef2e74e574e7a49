"""
Better, or only luckier
=======================

The best of many scores is too high because it was chosen for being high: the hollow marker shows
it. The filled one is the difference after correction, with its interval. With
``keep_predictions=True`` this costs no further fit.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import ComparisonDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, random_state=0, keep_predictions=True)
search.fit(X, y)

ComparisonDisplay.from_search(search)
plt.show()
