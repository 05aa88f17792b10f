"""Training: the loop, its batches, its callbacks and its checkpoints."""
