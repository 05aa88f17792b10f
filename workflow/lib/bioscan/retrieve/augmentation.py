"""Images as encoders see them in contrastive training."""

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2


class Augmentation:
    """Random crops, mirrored both ways, turned by up to 45 degrees (the released code of 5M §4.4).

    The image is scaled to `image_size`; a random part of 8 to 100 % of it, with sides from 3:4 to
    4:3, is scaled to `crop_size`. Corners that turning lays open are black.
    """

    def __init__(self, image_size: int, crop_size: int, colour_jitter: float) -> None:
        """
        Args:
            image_size, crop_size: pixels.
            colour_jitter: strength by which brightness, contrast, saturation and hue change; hue by
                half a turn at most.
        """
        steps = [
            v2.Resize(image_size),
            v2.RandomResizedCrop(crop_size),
            v2.RandomHorizontalFlip(),
            v2.RandomVerticalFlip(),
            v2.RandomRotation(45),
        ]
        if colour_jitter:
            jitter = [colour_jitter] * 3
            steps.append(v2.ColorJitter(*jitter, hue=min(colour_jitter, 0.5)))
        self.transform = v2.Compose(steps)

    def __call__(self, pixels: np.ndarray, seed: int) -> torch.Tensor:
        """uint8 (3, crop_size, crop_size) of an image (height, width, 3).

        Args:
            seed: which gives all that is random.
        """
        # torchvision draws from torch's own generator, which dropout of this process uses too.
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            image = self.transform(Image.fromarray(pixels))
        return torch.from_numpy(np.asarray(image).transpose(2, 0, 1).copy())
