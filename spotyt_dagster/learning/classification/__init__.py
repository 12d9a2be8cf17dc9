"""Classification systems, one module each."""
