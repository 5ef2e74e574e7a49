"""
Where the gain came from
========================

From the default to the best setting, one step for each parameter: its average over all orders in
which the parameters can be changed. The steps are those of a model of the search, which takes
part of the best score for noise: the title shows both gains.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import GainDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, random_state=0).fit(X, y)

GainDisplay.from_search(search)
plt.show()
