"""Soft components in place of hard targets, mixture by mixture."""
