"""Trial estimates under graphs, and the score by which these are compared."""
