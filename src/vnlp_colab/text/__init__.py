"""Plain text work: tokens, letter case, clean-up. Needs neither numpy nor a model."""
