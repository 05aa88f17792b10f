"""The settings of a detector, as the config describes them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DetectorSettings:
    """How a detector sees images, decides, and is trained (1M §4.2).

    Attributes:
        shortest_edge: images are resized to this shorter side, pixels (DETR: 800),
        longest_edge: but to this longer side at most, pixels (DETR: 1333).
        zoom: an image is looked at twice: whole, at two thirds of these edges, and then within them
            around the insect, up to so many times as close. 1: once.
        threshold: a best box that scores no more than this is no insect.
        predict_batch_size: images that are predicted at once.
        epochs: passes over the training set.
        batch_size: images per optimiser step, over all devices.
        learning_rate: of AdamW, at the start.
        backbone_learning_rate: that of the backbone.
        weight_decay: of all parameters.
        augment: whether images are changed at random in training.
        gradient_clip: largest norm of the gradient.
        cosine: whether the learning rate falls to 0 along a cosine; it is constant otherwise.
        seed: of the training.
    """

    shortest_edge: int
    longest_edge: int
    zoom: int
    threshold: float
    predict_batch_size: int
    epochs: int
    batch_size: int
    learning_rate: float
    backbone_learning_rate: float
    weight_decay: float
    augment: bool
    gradient_clip: float
    cosine: bool
    seed: int
