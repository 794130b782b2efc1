"""The words of every mail: records in, a `Letter` out. Nothing is read from the database or sent here."""
