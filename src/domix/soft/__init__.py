"""Soft targets, leaks and misread values: components that share a variable among its values."""
