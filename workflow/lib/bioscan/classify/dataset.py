"""Crops and labels, as a classifier sees them."""
