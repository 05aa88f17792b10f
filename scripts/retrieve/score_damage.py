"""Score how far damaged barcodes still find their labels."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import faiss
import numpy as np
import polars as pl
import torch

from bioscan.core.devices import compute_device, has_gpu, share_hardware
from bioscan.core.encoders import Modality
from bioscan.core.files import write_csv
from bioscan.core.logs import job_log
from bioscan.core.nearest import Samples, nearest_keys
from bioscan.encoders.aligned import load_tower
from bioscan.encoders.dna_encoder import to_tensors
from bioscan.encoders.towers import DnaTower
from bioscan.retrieve.answers import answer_by_nearest
from bioscan.retrieve.damage import AMOUNTS, WHOLE, damage, draw_queries
from bioscan.retrieve.embedded import chosen, joined, read_records, read_side
from bioscan.retrieve.scores import MissingLabels, score_answers

#: Seed of the queries and of the damage.
SEED = 0


def score_damage(
    records: Path,
    weights: Path,
    embeddings: Mapping[Modality, Path],
    query_splits: Sequence[str],
    key_splits: Sequence[str],
    queries: int,
    batch_size: int,
    missing: MissingLabels,
    scores: Path,
) -> None:
    """Write the accuracy of damaged barcodes alone (dna), with the image (joint), and of the image.

    Images search barcodes, barcodes search barcodes, and both together search keys of both.

    Args:
        records: partitioned.parquet.
        weights: model.safetensors of an aligned model.
        embeddings: of images and of barcodes, by the model.
        queries: drawn per split, of those that have image and barcode.
        missing: what a missing label is.
    """
    known = read_records(records, key_splits)
    keys = {side: read_side(side, embeddings, known) for side in ("dna", "joint")}
    asked = read_records(records, query_splits)
    images = read_side("image", embeddings, asked)
    drawn = draw_queries(asked, images.table, queries, SEED)
    images = chosen(images, drawn["processid"])
    tower = load_tower(weights, "dna").to(compute_device())
    parts = []
    for kind, amount, query, found in _searched(tower, drawn, images, keys, batch_size):
        answers = answer_by_nearest(found, known)
        facts = {"kind": kind, "amount": float(amount), "query": query}
        part = score_answers(drawn, answers, known, missing, [1])
        parts.append(part.with_columns(pl.lit(value).alias(name) for name, value in facts.items()))
    write_csv(pl.concat(parts), scores)


def _searched(
    tower: DnaTower,
    drawn: pl.DataFrame,
    images: Samples,
    keys: dict[str, Samples],
    batch_size: int,
) -> Iterator[tuple[str, float, str, pl.DataFrame]]:
    yield WHOLE, 0.0, "image", nearest_keys(images, keys["dna"], 1)
    for kind, amounts in AMOUNTS.items():
        for amount in amounts:
            sequences = damage(drawn["barcode"].to_list(), kind, amount, SEED)
            table = drawn.select("processid", "barcode").with_row_index("row")
            barcodes = Samples(table, embed(tower, sequences, batch_size), f"{kind} {amount}")
            yield kind, amount, "dna", nearest_keys(barcodes, keys["dna"], 1)
            yield kind, amount, "joint", nearest_keys(joined(images, barcodes), keys["joint"], 1)


@torch.inference_mode()
def embed(tower: DnaTower, sequences: Sequence[str], batch_size: int) -> np.ndarray:
    """(n, d) unit vectors of barcodes."""
    parts = []
    for start in range(0, len(sequences), batch_size):
        tokens = to_tensors(tower.tokenize(sequences[start : start + batch_size]), compute_device())
        with torch.autocast("cuda", torch.bfloat16, enabled=has_gpu()):
            parts.append(tower(*tokens).float().cpu().numpy())
    return np.concatenate(parts) if parts else np.empty((0, tower.dimension), np.float32)


if __name__ == "__main__":
    with job_log(snakemake.log[0]):
        share_hardware(snakemake.threads, 1)
        faiss.omp_set_num_threads(snakemake.threads)
        score_damage(
            records=Path(snakemake.input.records),
            weights=Path(snakemake.input.weights[0]),
            embeddings=dict(
                zip(snakemake.params.modalities, map(Path, snakemake.input.embeddings), strict=True)
            ),
            query_splits=snakemake.params.query_splits,
            key_splits=snakemake.params.key_splits,
            queries=snakemake.params.queries,
            batch_size=snakemake.params.batch_size,
            missing=snakemake.params.missing,
            scores=Path(snakemake.output[0]),
        )
