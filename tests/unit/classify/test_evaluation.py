"""Predictions of a classifier."""

import torch

from bioscan.classify.evaluation import predict
from bioscan.encoders.image import Backbone, Classifier, build_backbone


def test_predictions_are_logits_in_order(images):
    torch.manual_seed(0)
    backbone = build_backbone(Backbone("test_resnet", {}), 2, None)
    classifier = Classifier(backbone, mean=[0.6, 0.4, 0.3], std=[0.1, 0.3, 0.6])
    logits = predict(classifier, images, batch_size=3, workers=0)
    assert (logits.shape, logits.dtype) == ((8, 2), torch.float32)
    single = classifier(images[5][0][None])[0].detach()
    torch.testing.assert_close(logits[5], single, rtol=1e-4, atol=1e-5)
    assert abs(logits[4] - logits[5]).max() > 1e-3
