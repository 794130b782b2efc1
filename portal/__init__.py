"""The web: the customer's portal and helpdesk, the merchant's desk."""
