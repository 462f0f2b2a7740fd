"""How many rows and control rows show a target, before they are collected."""
