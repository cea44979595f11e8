"""How right the models are: ``python -m benchmarks.accuracy --data DIR`` (``__main__`` tells more)."""
