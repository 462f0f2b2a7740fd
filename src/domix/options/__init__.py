"""The numbers that tune the search, in one place.

A field is a choice: another value gives another search, faster or more thorough. Guards of
arithmetic (the least weight whose logarithm is taken, say) are not choices, and stay where they
are.
"""
