"""Programs that are run in processes of their own, some of them by another Python with other packages.

They are given the repository's root as ``PYTHONPATH`` and must run on Python 3.9.
"""
