"""What is learnt from the tables: protocols, metrics and one module a model."""
