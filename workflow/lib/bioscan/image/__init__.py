"""Crop, resize and pack images."""
