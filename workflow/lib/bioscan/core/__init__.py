"""Code that several stages need and none owns."""
