"""The outside parties, standing in on loopback and speaking their real protocols."""
