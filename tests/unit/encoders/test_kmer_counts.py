"""Counts of k-mers."""

import torch

from bioscan.encoders.dna import DnaEncoderSettings, build_dna_encoder
from bioscan.encoders.dna_encoder import embed


def test_kmers_are_counted_wherever_they_occur():
    encoder = build_dna_encoder(DnaEncoderSettings("kmer_counts", k=2), None)
    found = embed(encoder, encoder.tokenize(["ACACG", "acnac", "N", "AAAA"]))
    assert found.shape == (4, 16)
    # AA AC AG AT CA CC CG …
    assert found[0].nonzero().flatten().tolist() == [1, 4, 6]
    assert found[0][[1, 4, 6]].tolist() == [2, 1, 1]
    # A k-mer with a letter that is not known is left out.
    assert found[1].tolist() == [0, 2, *[0] * 14]
    assert not found[2].any()
    assert found[3][0] == 3


def test_a_batch_does_not_change_an_embedding():
    encoder = build_dna_encoder(DnaEncoderSettings("kmer_counts", k=3), None)
    alone = embed(encoder, encoder.tokenize(["ACGTACGTTG"]))
    together = embed(encoder, encoder.tokenize(["ACGTACGTTG", "ACGT" * 100]))
    assert torch.equal(alone[0], together[0])
