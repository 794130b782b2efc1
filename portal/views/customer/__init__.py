"""The customer's pages, on the portal and in a helpdesk alike."""
