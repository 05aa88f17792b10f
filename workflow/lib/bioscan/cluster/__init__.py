"""Groups of specimens that nobody has named: clusters of embeddings and of barcodes."""
