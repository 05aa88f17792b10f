"""Detector settings for tests."""

from bioscan.detect.settings import DetectorSettings

SETTINGS = DetectorSettings(
    shortest_edge=64,
    longest_edge=96,
    zoom=1,
    threshold=0.5,
    predict_batch_size=3,
    epochs=1,
    batch_size=2,
    learning_rate=0.01,
    backbone_learning_rate=0.001,
    weight_decay=0.1,
    augment=False,
    gradient_clip=0.1,
    cosine=False,
    seed=0,
)
