"""What the figures say: rankings, the comparison with the study, and the report."""
