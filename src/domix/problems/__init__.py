"""What the user asks for, in codes: arguments, background knowledge, mixtures and their fits."""
