"""Images, barcodes and names in one space: contrastive training and retrieval (5M §4.4, §A7)."""
