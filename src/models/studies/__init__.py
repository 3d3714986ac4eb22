"""What a fitted model can do and what it goes by, as figures and reports show it (pure).

Takes rows, answers and a confusion matrix; gives numbers with their spread.
"""
