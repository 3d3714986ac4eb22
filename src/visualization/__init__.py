"""Figures and reports.

Takes tables, models and what was measured of them; gives figures, PNG files and an HTML page.
"""
