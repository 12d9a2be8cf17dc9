"""What comes in: the Kaggle table, YouTube, Spotify, and the store that keeps what they answered."""
