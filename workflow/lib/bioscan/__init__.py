"""The library behind bioscan-workflow: one package a stage, on top of `core` and `encoders`."""
