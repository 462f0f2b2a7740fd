"""Compiled kernels. They import nothing of the package and fill what they are given."""
