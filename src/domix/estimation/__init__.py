"""Estimation from rows: which interventions are behind them, and how often each occurred."""
