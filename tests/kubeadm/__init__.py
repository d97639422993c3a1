"""The rendered documents, read by the real programs of each minor."""
