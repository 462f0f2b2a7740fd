"""From a distribution to the interventions behind it: Algorithms 1 and 2 of the paper."""
