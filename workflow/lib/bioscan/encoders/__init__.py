"""Encoders of images, DNA and text, by name."""
