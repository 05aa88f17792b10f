"""Embeddings of images and barcodes, made once for the stages that compare samples."""
