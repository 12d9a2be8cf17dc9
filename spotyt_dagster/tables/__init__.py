"""What rows look like and what they become: plain functions over tables, no I/O, no Dagster."""
