"""Control rows as witnesses: which targets the mixture needs more than the controls do."""
