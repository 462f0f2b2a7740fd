"""What a distribution determines about the interventions behind it, and what it does not."""
