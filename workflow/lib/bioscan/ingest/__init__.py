"""Published, simulated or own data → one canonical record table and one index of images."""
