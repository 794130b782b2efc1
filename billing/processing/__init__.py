"""The account's payment processor: connecting it, taking in what it says, changing cards, comparing."""
