"""Finding the insect: a DETR that is fine-tuned, judged and applied."""
