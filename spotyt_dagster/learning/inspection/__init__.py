"""What fitted models look at, and what a score rests on."""
