"""
The moves of annealing
======================

The temperature, the share of the last 20 moves that were accepted, and the length of each move; a
filled dot is a move that was accepted. A rate that stays near 1 to the end would mean that the
search has wandered rather than settled.
"""

import matplotlib.pyplot as plt
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sktune import AnnealingSearchCV
from sktune.inspection import AnnealingDisplay

X, y = load_iris(return_X_y=True)
space = {"C": loguniform(1e-2, 1e6), "gamma": loguniform(1e-7, 1e1)}
search = AnnealingSearchCV(SVC(), space, n_iter=80, random_state=0).fit(X, y)

AnnealingDisplay.from_search(search)
plt.show()
