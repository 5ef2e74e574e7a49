"""Ready spaces by the path of the class: parameters worth tuning, and their ranges.

Ranges follow the sources named beside them. If a range is narrower here, a comment says why.
``_own.py`` widens them where the estimator has a value outside.

.. [1] Feurer, Klein, Eggensperger, Springenberg, Blum, Hutter (2015), "Efficient and Robust
   Automated Machine Learning", NeurIPS. The spaces are those of auto-sklearn,
   https://github.com/automl/auto-sklearn, ``pipeline/components``.
.. [2] Probst, Boulesteix, Bischl (2019), "Tunability: Importance of Hyperparameters of Machine
   Learning Algorithms", JMLR 20(53). https://jmlr.org/papers/v20/18-444.html
   The ranges are those of the authors' code, https://github.com/PhilippPro/tunability
.. [3] Grinsztajn, Oyallon, Varoquaux (2022), "Why do tree-based models still outperform deep
   learning on typical tabular data?", NeurIPS. https://arxiv.org/abs/2207.08815
   The ranges are those of the authors' code, https://github.com/LeoGrin/tabular-benchmark,
   ``src/configs/model_configs/xgb_config.py``.
.. [4] Hsu, Chang, Lin (2003), "A Practical Guide to Support Vector Classification", whose grid
   has C from 2**-5 to 2**15 and gamma from 2**-15 to 2**3.
   https://www.csie.ntu.edu.tw/~cjlin/papers/guide/guide.pdf
.. [5] Optuna's example for LightGBM, ``lightgbm_simple.py``, https://github.com/optuna/optuna-examples
.. [6] Gorishniy, Rubachev, Khrulkov, Babenko (2021), "Revisiting Deep Learning Models for Tabular
   Data", NeurIPS. https://arxiv.org/abs/2106.11959
   Of its networks, as mlr3tuningspaces has them: learning rates from 1e-5 to 1e-2, dropout up to
   0.5, widths up to 1,024.
.. [7] scikit-learn's user guide and examples: the grid of ``LogisticRegressionCV`` and that of
   "Sample pipeline for text feature extraction and evaluation".
.. [8] Bengio (2012), "Practical Recommendations for Gradient-Based Training of Deep
   Architectures", which advises batches of one to a few hundred rows, 32 by default.
   https://arxiv.org/abs/1206.5533
.. [9] Chang, Lin (2001), "Training nu-Support Vector Classifiers: Theory and Algorithms", Neural
   Computation 13(9): there is a solution for nu up to twice the share of the smaller class.
.. [10] Caputo, Sim, Furesjo, Smola (2002), "Appearance-based Object Recognition using SVMs: Which
   Kernel Should I Use?", NIPS workshop. It is ``sigest`` of R's kernlab, which caret uses.
"""
