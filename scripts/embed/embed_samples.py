"""Embed the images or barcodes of a split."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import torch

from bioscan.core.checkpoints import checkpoint_dir, fingerprint
from bioscan.core.devices import compute_device, share_hardware
from bioscan.core.encoders import SEED, Modality, Pooling
from bioscan.core.files import digest, digest_all, write_json, write_parquet
from bioscan.core.logs import job_log
from bioscan.core.pack import packs_beside
from bioscan.embed.chunks import CHUNK_ROWS, write_matrix
from bioscan.embed.encoding import embed_aligned, embed_images, embed_sequences, precision
from bioscan.embed.samples import Inputs, barcodes_of, images_of, texts_of
from bioscan.encoders.dna import build_dna_encoder, encoder_settings
from bioscan.encoders.species import load_finetuned

# timm and transformers take many seconds: what needs them is imported where it is used.
if TYPE_CHECKING:
    from bioscan.encoders.towers import DnaTower, TextTower, Tower

log = logging.getLogger("bioscan.embed")

#: The rows from some row on → their embeddings, in batches.
Embed = Callable[[int], Iterable[np.ndarray]]

#: What a sample that is not embedded lacks.
LACKED: dict[Modality, str] = {"image": "image", "dna": "barcode", "text": "label"}


def embed_samples(
    records: Path,
    index: Path | None,
    encoder: Mapping[str, Any],
    modality: Modality,
    pooling: Pooling | None,
    weights: Sequence[Path],
    split: str,
    dtype: str,
    batch_size: int,
    code: str,
    workers: int,
    matrix: Path,
    rows: Path,
    description: Path,
) -> None:
    """Write the embeddings of a split, the rows of its samples, and a description of both.

    Args:
        records: partitioned.parquet.
        index: index.parquet of a package, beside its packs, where images are embedded.
        encoder: of the config's `encoders`, or one of an aligned model.
        modality: of the encoder.
        pooling: of barcodes, where the encoder leaves a choice.
        weights: the file with the weights, and others of its model; none if randomly initialised.
        dtype: of the matrix.
        code: digest of the code; what other code has made is not resumed.
        workers: processes that load images.
    """
    table = pl.scan_parquet(records)
    tower = None
    if "aligned" in encoder:
        from bioscan.encoders.aligned import load_tower

        tower = load_tower(weights[0], modality)
    if modality == "image":
        found = images_of(table, pl.read_parquet(index), split)
        embed, facts = _of_images(tower, encoder, index, weights, found, batch_size, workers)
    elif modality == "dna":
        found = barcodes_of(table, split)
        embed, facts = _of_barcodes(tower, encoder, pooling, weights, found, batch_size)
    else:
        found = texts_of(table, split, tower.missing_ranks if tower else "left_out")
        embed, facts = _of_texts(tower, encoder, weights, found, batch_size)
    if found.without:
        log.warning(
            "%s: not embedded, because they have no %s: %d", split, LACKED[modality], found.without
        )
    inputs = [records, *([index] if index else []), *weights]
    facts["modality"] = modality
    settings = {"code": code, "encoder": encoder, "dtype": dtype, "batch": batch_size}
    depends_on = {**settings, "inputs": digest_all(inputs), "precision": precision()}
    shape = len(found.inputs), facts["dimension"]
    # A part ends where a batch does, so a job that resumes has the same batches.
    chunk_rows = -(-CHUNK_ROWS // batch_size) * batch_size
    with checkpoint_dir(matrix.parent / f".{split}") as checkpoints:
        folder = checkpoints / fingerprint(depends_on)
        write_matrix(matrix, shape, dtype, embed, folder, chunk_rows)
        write_parquet(found.rows, rows)
        write_json(
            {
                "encoder": matrix.parent.name,
                "split": split,
                **facts,
                "weights": {path.name: digest(path, "sha256") for path in weights} or None,
                "dtype": dtype,
                "computed": precision(),
                "rows": len(found.inputs),
                "samples": len(found.rows),
                "without": found.without,
            },
            description,
        )


def _of_barcodes(
    tower: "Tower | None",
    encoder: Mapping[str, Any],
    pooling: Pooling | None,
    weights: Sequence[Path],
    found: Inputs,
    batch_size: int,
) -> tuple[Embed, dict[str, Any]]:
    sequences = found.inputs["sequence"].to_list()
    if tower is not None:
        return _by_tower(tower, sequences, batch_size)
    torch.manual_seed(SEED)
    if "finetuned" in encoder:
        model = load_finetuned(build_dna_encoder(encoder_settings(encoder), None), weights[0])
    else:
        model = build_dna_encoder(encoder_settings(encoder), weights[0] if weights else None)
    model = model.to(compute_device())
    embed = partial(embed_sequences, model, sequences, batch_size=batch_size, pooling=pooling)
    return lambda first: embed(first=first), {"dimension": model.dimension, "pooling": pooling}


def _of_texts(
    tower: "Tower | None",
    encoder: Mapping[str, Any],
    weights: Sequence[Path],
    found: Inputs,
    batch_size: int,
) -> tuple[Embed, dict[str, Any]]:
    from bioscan.encoders.text import build_text_encoder, text_settings

    texts = found.inputs["text"].to_list()
    torch.manual_seed(SEED)
    model = build_text_encoder(text_settings(encoder), weights) if tower is None else tower.encoder
    if cut := model.count_cut(texts):
        log.warning("texts that are cut at %d tokens: %d", model.max_tokens, cut)
    if tower is not None:
        return _by_tower(tower, texts, batch_size)
    model = model.to(compute_device())
    embed = partial(embed_sequences, model, texts, batch_size=batch_size, pooling="masked")
    return lambda first: embed(first=first), {"dimension": model.dimension}


def _by_tower(
    tower: "DnaTower | TextTower", sequences: Sequence[str], batch_size: int
) -> tuple[Embed, dict[str, Any]]:
    embed = partial(embed_aligned, tower.to(compute_device()), sequences, batch_size=batch_size)
    return lambda first: embed(first=first), {"dimension": tower.dimension}


def _of_images(
    tower: "Tower | None",
    encoder: Mapping[str, Any],
    index: Path,
    weights: Sequence[Path],
    found: Inputs,
    batch_size: int,
    workers: int,
) -> tuple[Embed, dict[str, Any]]:
    from bioscan.embed.images import PreparedImages
    from bioscan.encoders.image import Backbone
    from bioscan.encoders.image_encoder import build_image_encoder

    if tower is None:
        built = build_image_encoder(Backbone(**encoder), weights[0] if weights else None)
        model, dimension, preprocessing = built.model, built.dimension, built.preprocessing
    else:
        model, dimension, preprocessing = tower, tower.dimension, tower.preprocessing
    images = PreparedImages(packs_beside(index), found.inputs, preprocessing)
    embed = partial(
        embed_images, model.to(compute_device()), images, batch_size=batch_size, workers=workers
    )
    facts = {"dimension": dimension, "package": index.parent.name}
    return lambda first: embed(first=first), facts | {"preprocessing": asdict(preprocessing)}


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        _, workers = share_hardware(snakemake.threads, 1)
        embed_samples(
            records=Path(snakemake.input.records),
            index=Path(snakemake.input.index[0]) if snakemake.input.index else None,
            encoder=snakemake.params.encoder,
            modality=snakemake.params.modality,
            pooling=snakemake.params.pooling,
            weights=[Path(path) for path in snakemake.input.weights],
            split=snakemake.wildcards.split,
            **snakemake.params.settings,
            code=snakemake.params.code,
            workers=workers,
            matrix=Path(snakemake.output.matrix),
            rows=Path(snakemake.output.rows),
            description=Path(snakemake.output.description),
        )
