"""Documents: frozen when issued, numbered without gaps, corrected only by further ones; and many at once."""
