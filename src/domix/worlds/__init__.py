"""Worlds that rows come from: simulators in plain NumPy, which share nothing with the estimator."""
