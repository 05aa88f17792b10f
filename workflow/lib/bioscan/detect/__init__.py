"""Finding the insect: detectors that are fine-tuned, evaluated and applied."""
