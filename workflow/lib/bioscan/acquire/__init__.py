"""Downloads: metadata, images and pretrained weights. No other stage uses the internet."""
