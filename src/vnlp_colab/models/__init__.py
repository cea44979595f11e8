"""The models, one folder an architecture."""
