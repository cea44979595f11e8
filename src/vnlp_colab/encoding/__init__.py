"""Turning tokens, tags and characters into the numbers that the networks were trained on."""
