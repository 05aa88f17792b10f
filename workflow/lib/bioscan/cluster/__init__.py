"""Clusters of specimens that nobody has named."""
