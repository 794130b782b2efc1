"""What a merchant sold before Selfbill, brought in from elsewhere."""
