"""Datasets for others: their images and metadata in the published files and folders."""
