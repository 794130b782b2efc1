"""Slack: cards, clicks and threads."""
