"""Maximum likelihood: expectation-maximization for a fixed support."""
