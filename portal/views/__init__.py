"""What is behind each entry of the URL map: read the form, call one use case, show or redirect."""
