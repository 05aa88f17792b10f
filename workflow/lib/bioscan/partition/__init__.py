"""Species sets and splits of BIOSCAN-5M, experiments of BIOSCAN-1M."""
