"""Figure of what a distribution leaves undecided: how weights can move between targets."""
