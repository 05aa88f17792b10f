"""A recipe for tests."""

from bioscan.classify.settings import Recipe

PAPER = Recipe(
    image_size=36,
    crop_size=32,
    normalise=True,
    epochs=1,
    batch_size=4,
    device_batch_size=None,
    precision="float32",
    optimizer="sgd",
    learning_rate=0.01,
    decay_epochs=[],
    momentum=0.9,
    nesterov=False,
    weight_decay=0.0001,
    focal_gamma=2,
    focal_alpha=None,
    loss="ce",
    seed=0,
)
