"""
Where fits fail
===============

For each parameter, the values of candidates that failed and of those that did not; the parameter in
which they differ most comes first. Here a range wrongly reaches below 0.
"""

import warnings

import matplotlib.pyplot as plt
from scipy.stats import randint, uniform
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import RandomizedSearchCV
from sklearn.svm import SVC

from sktune.inspection import FailureDisplay

X, y = load_breast_cancer(return_X_y=True)
space = {"C": uniform(-1, 3), "kernel": ["rbf", "sigmoid"], "degree": randint(1, 5)}
search = RandomizedSearchCV(SVC(), space, n_iter=40, random_state=0)
with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # scikit-learn warns of every failure
    search.fit(X, y)

FailureDisplay.from_search(search)
plt.show()
