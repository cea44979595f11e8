"""Measures every model and the whole pipeline: against upstream, against the naive engines, against the machine.

``python -m benchmarks --help`` tells what can be run. Nothing here is imported by the package.
"""
