"""Readers of training and evaluation data."""
