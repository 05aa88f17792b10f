"""DNA barcodes: models that are pretrained, fine-tuned and probed, beside search by alignment."""
