"""Encoders of DNA, made from a name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from bioscan.core.errors import InputError
from bioscan.encoders.cnn import Cnn, load_cnn
from bioscan.encoders.dna_encoder import DnaEncoder
from bioscan.encoders.hyenadna import HyenaConfig, HyenaDna, load_hyenadna
from bioscan.encoders.kmer_counts import KmerCounts

Architecture = Literal[
    "barcodebert", "cnn", "dnabert2", "nucleotide_transformer", "hyenadna", "kmer_counts"
]


@dataclass(frozen=True)
class DnaEncoderSettings:
    """An encoder as the config describes it.

    Attributes:
        architecture: by its name. `dnabert2` is that of DNABERT-S too.
        k, layers, heads, hidden_size: of a BarcodeBERT that is randomly initialised; weights have
            their own. `kmer_counts` has k.
        with_nonlinearities: of the CNN baseline; the published 1-NN probe left them out.
    """

    architecture: Architecture
    k: int = 8
    layers: int = 4
    heads: int = 4
    hidden_size: int = 768
    with_nonlinearities: bool = True


def encoder_settings(given: Mapping[str, Any]) -> DnaEncoderSettings:
    """The settings of an encoder of the config, whose other keys say where its weights are."""
    others = ("dna", "weights", "pretrain", "finetuned")
    return DnaEncoderSettings(given["dna"], **{k: v for k, v in given.items() if k not in others})


def build_dna_encoder(settings: DnaEncoderSettings, weights: Path | None) -> DnaEncoder:
    """An encoder for evaluation (`eval`), randomly initialised or with weights.

    Args:
        weights: a file, with the config.json and the tokenizer of its model beside it. None:
            randomly initialised.

    Raises:
        InputError: the weights are not those of the architecture, or cut short; or there are none
            and the tokenizer comes with them.
    """
    if settings.architecture not in get_args(Architecture):
        raise InputError(
            f"config: encoders: no architecture {settings.architecture!r}, expected one of "
            f"{', '.join(get_args(Architecture))}"
        )
    return _build(settings, weights).eval()


def _build(settings: DnaEncoderSettings, path: Path | None) -> DnaEncoder:
    # Those on transformers are imported where they are built, as that takes many seconds.
    match settings.architecture:
        case "cnn" if path is None:
            return Cnn(settings.with_nonlinearities)
        case "cnn":
            return load_cnn(path, settings.with_nonlinearities)
        case "kmer_counts":
            return KmerCounts(settings.k)
        case "hyenadna":
            return HyenaDna(HyenaConfig()) if path is None else load_hyenadna(path)
        case "barcodebert":
            from bioscan.encoders.barcodebert import BarcodeBert, bert_config, load_barcodebert

            shape = (settings.k, settings.layers, settings.heads, settings.hidden_size)
            return BarcodeBert(bert_config(*shape)) if path is None else load_barcodebert(path)
        case name if path is None:
            raise InputError(
                f"config: encoders: {name} has no weights, and its tokenizer comes with them; "
                "name weights of config/catalogue.yaml, or a folder"
            )
        case "dnabert2":
            from bioscan.encoders.dnabert2 import load_dnabert2

            return load_dnabert2(path)
        case _:
            from bioscan.encoders.nucleotide_transformer import load_nucleotide_transformer

            return load_nucleotide_transformer(path)
