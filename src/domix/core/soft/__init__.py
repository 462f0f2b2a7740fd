"""Soft interventions: distributions in the place of values, as users write them and in codes."""
