"""What people do with the whole product, in a real browser: customers, the merchant's desk, and Slack."""
