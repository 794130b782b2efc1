"""The product itself: plain Python, no web, no SQL, no Slack."""
