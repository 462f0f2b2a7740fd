"""What estimates claim beyond weights: undetected targets, bounds, and what was measured."""
