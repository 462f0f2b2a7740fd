"""Selection of the support: the test, forward and backward passes, and moves."""
