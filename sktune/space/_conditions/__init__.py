"""Conditions: which parameters have no effect under which values of others.

========================  ===========================================================
``_rules.py``             conditions of the user, and the rules of a branch
``_tables.py``            known conditions of estimators
``_known.py``             from the tables to the rules of a branch
``_activity.py``          from the rules to the active coordinates of points
========================  ===========================================================
"""
