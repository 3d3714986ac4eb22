"""Models judged by labelled pictures of a user's own.

Takes a source of labelled pictures, or a processed table; gives a table of answers, and judgements.
"""
