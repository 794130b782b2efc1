"""The kinds of objects the processor keeps, a file for those that change together."""
