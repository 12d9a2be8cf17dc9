"""What exists, when it runs and on what it runs. Nothing here computes: see the lower layer."""
