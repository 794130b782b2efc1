"""The merchant's desk: sign-in, inbox, requests, tickets."""
