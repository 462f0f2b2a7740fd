"""The commands, one module each: a summary, examples, arguments, and what it does."""
