"""
Trainings that end early
========================

Learning curves of the networks that a ``HyperbandSearchCV`` has trained, coloured by what became of
them; what was spent for the best score; and how well the ranks on two rungs agree.
"""

import matplotlib.pyplot as plt
from scipy.stats import loguniform
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier

from sktune import HyperbandSearchCV
from sktune.inspection import RungDisplay

X, y = load_digits(return_X_y=True)
X, y = X[:600] / 16, y[:600]
network = MLPClassifier(hidden_layer_sizes=12, max_iter=54, random_state=0)
space = {"learning_rate_init": loguniform(1e-4, 1), "alpha": loguniform(1e-6, 1)}
search = HyperbandSearchCV(network, space, resource="epochs", n_iter=6, cv=3, random_state=0).fit(
    X, y
)

RungDisplay.from_search(search)
RungDisplay.from_search(search, kind="spent")
RungDisplay.from_search(search, kind="correlation")
plt.show()
