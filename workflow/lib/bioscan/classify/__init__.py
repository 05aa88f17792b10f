"""Image classification: the experiments of BIOSCAN-1M."""
