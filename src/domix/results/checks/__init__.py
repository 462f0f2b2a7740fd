"""Whether a model fits its control rows: what the check found, and the tests of independence."""
