"""What can be said of reported targets besides: neighbours, bounds, and what was measured."""
