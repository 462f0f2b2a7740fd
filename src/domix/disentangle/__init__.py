"""The mission: from a mixture, or from rows of it, to the interventions behind it."""
