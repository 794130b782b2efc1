"""The service is killed at every boundary of what it does with money, and must come out whole."""
