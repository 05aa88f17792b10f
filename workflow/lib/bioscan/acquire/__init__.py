"""The one door to the internet: metadata, images, pretrained weights."""
