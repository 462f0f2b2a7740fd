"""Compiled kernels. They import nothing of the package, check nothing, and fill what they are given."""
