"""From labelled pictures or a table to a fitted model.

Takes what a user has and a plan; gives the best of several families, calibrated and judged once.
"""
