"""The text tools as users know them: the code of ``text``, handed its tables.

The tables are fetched when a tool first needs them; importing this package and making a ``Normalizer`` cost nothing.
"""
