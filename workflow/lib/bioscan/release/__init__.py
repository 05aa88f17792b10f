"""Datasets for others: their photographs and metadata in the published files and folders."""
