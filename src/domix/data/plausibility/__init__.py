"""Whether columns hold labels, and rows and control rows the same ones."""
