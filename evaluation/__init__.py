"""Scores of annotation against gold annotation, for the benchmarks and for the training.

Below it stand the readers of ``training.data``; nothing here needs PyTorch or a model.
"""
