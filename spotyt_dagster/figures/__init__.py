"""One function a picture: data in, a matplotlib figure out."""
