"""Slow and plain reference implementations of every kernel, for tests and benchmarks."""
