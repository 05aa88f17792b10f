"""The one door to the internet: metadata, photographs, pretrained weights."""
