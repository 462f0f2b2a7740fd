"""Answers as sets: the targets that could stand in place of a reported one, with their shares."""
