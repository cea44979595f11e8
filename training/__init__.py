"""Training of this project's own models: ``python -m training.train training/configs/<run>.toml``."""
