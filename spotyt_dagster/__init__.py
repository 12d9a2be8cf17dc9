"""What makes a track succeed on YouTube, given what Spotify knows about it: a study in Dagster."""
