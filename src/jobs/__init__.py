"""The one bulk runner: the same work on many items, in processes or on a cluster.

Takes items and a function; gives results in order, in shards that are finished once.
"""
