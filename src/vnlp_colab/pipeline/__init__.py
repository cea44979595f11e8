"""Texts in, annotated tables out: which models run, in which order, on which batches."""
