"""What training and explaining tell people.

Takes metadata and explanations; gives text: a leaderboard, a model card, JSON.
"""
