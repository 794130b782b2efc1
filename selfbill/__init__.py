"""The command line, the settings and the wiring: the one place that sees everything."""
