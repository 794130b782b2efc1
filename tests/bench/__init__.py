"""Measurements: each module prints figures of one promise."""
