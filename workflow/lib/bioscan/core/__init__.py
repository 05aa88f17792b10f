"""What several stages need and none owns."""
