"""What comes in: the Kaggle table, YouTube, Spotify, and the store of what they answered."""
