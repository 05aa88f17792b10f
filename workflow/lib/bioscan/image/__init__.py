"""Crop, resize and pack photographs."""
