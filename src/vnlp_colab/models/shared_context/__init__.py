"""Models of this project's own: one network over word pieces and context, shared by all its tasks."""
