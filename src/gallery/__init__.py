"""The built-in museum: paintings of known colours, and a site that shows them, with faults.

Takes a seed; gives the same pictures and pages each time, in memory, as files or over HTTP.
"""
