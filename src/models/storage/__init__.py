"""A fitted model as files that cannot run code.

Takes an estimator and what is known of it; gives bytes, and from checked bytes the same again.
"""
