"""Figure of posterior probabilities, over rows or over time."""
