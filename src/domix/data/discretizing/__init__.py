"""Continuous measurements to states: cut points learnt from control rows."""
