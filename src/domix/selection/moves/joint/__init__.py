"""Targets changed by several variables, and tables with them: predictions and families of moves."""
