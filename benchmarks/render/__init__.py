"""Results as Markdown and PNG."""
