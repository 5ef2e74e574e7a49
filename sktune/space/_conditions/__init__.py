"""Conditions: which parameters have no effect under which values of others.

========================  ===========================================================
``_rules.py``             what the user writes, and what it means for a branch
``_tables.py``            what is known of estimators
``_known.py``             from the tables to the conditions of a branch
``_activity.py``          from those to the coordinates of points
========================  ===========================================================
"""
