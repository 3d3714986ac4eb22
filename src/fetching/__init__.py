"""One HTTP client, one brake per host: what every collector shares.

Takes addresses; gives checked files, or the reason why there is none.
"""
