"""Releases: images and metadata in the published files and folders."""
