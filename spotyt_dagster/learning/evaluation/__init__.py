"""How a model is measured: who is trained on and who is tested."""
