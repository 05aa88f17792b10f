"""A simulated BIOSCAN release: taxonomy, specimens, barcodes and photographs."""
