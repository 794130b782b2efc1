"""Longer programmes than `make test` has time for."""
