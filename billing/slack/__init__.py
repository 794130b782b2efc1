"""Slack as the product sees it: who is connected, who is who, where cards go, and what must be told there."""
