"""
Where the candidates lie
========================

Every pair of parameters, coloured by score; on the diagonal the score along each parameter. The
candidates of a Bayesian search are dense where scores are good; it has given up the empty regions.
"""

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.tree import DecisionTreeClassifier

from sktune import BayesSearchCV
from sktune.inspection import PairDisplay

X, y = load_breast_cancer(return_X_y=True)
tree = DecisionTreeClassifier(max_depth=15, max_features=1.0, random_state=0)
space = {
    "max_depth": randint(1, 16),
    "min_samples_leaf": randint(1, 60),
    "max_features": uniform(0.05, 0.95),
    "criterion": ["gini", "entropy"],
}
search = BayesSearchCV(tree, space, n_iter=30, random_state=0).fit(X, y)

PairDisplay.from_search(search)
plt.show()
