"""The table of scores, and Table A16 of BIOSCAN-5M."""

import polars as pl

from bioscan.cluster.choice import ONE_PER_BARCODE
from bioscan.cluster.scores import SCORES_SCHEMA

#: Names of encoders in the config, after their architecture → as the paper prints them.
PRINTED = {"X-ent": "X-Ent.", "MAE-CLS": "MAE (CLS)", "MAE-avg": "MAE (avg)"}


def tidy_scores(scores: pl.DataFrame) -> pl.DataFrame:
    """The scores with one row per clustering, and a column per rank, for people.

    Args:
        scores: SCORES_SCHEMA.

    Returns:
        space, modality, variant, split, method, noise, missing, samples, the AMI of each rank in
        percent, and clusters found beside the true species.
    """
    facts = ["space", "modality", "variant", "split", "method", "noise", "missing"]
    ranks = scores["rank"].unique(maintain_order=True).to_list()
    wide = scores.group_by(facts, maintain_order=True).agg(
        pl.col("clusters").max(),
        pl.col("classes").filter(pl.col("rank") == "species").first().alias("true_species"),
        pl.col("samples").max(),
        *(
            pl.col("ami").filter(pl.col("rank") == rank).first().round(2).alias(rank)
            for rank in ranks
        ),
    )
    return wide.select(*facts, "samples", "clusters", "true_species", *ranks)


def tableA16(
    scores: pl.DataFrame, spaces: dict[str, tuple[str | None, str | None]], missing: str
) -> pl.DataFrame:
    """Clusters of images, DNA and both, one sample per barcode (5M Table A16).

    Args:
        scores: SCORES_SCHEMA.
        spaces: name → image and DNA embedding.
        missing: how samples without a species count.

    Returns:
        modality, image_architecture, image_encoder, dna_encoder, level, split, metric, value
        (percent), samples, clusters, classes.
    """
    chosen = scores.filter(
        pl.col("variant") == ONE_PER_BARCODE,
        pl.col("method") == "ward",
        pl.col("rank") == "species",
        pl.col("missing") == missing,
        pl.col("split") == "test+test_unseen",
    )
    rows = []
    for row in chosen.iter_rows(named=True):
        image, dna = spaces[row["space"]]
        architecture, encoder = _printed(image)
        rows.append(
            {
                "modality": {"both": "image+dna"}.get(row["modality"], row["modality"]),
                "image_architecture": architecture,
                "image_encoder": encoder,
                "dna_encoder": dna,
                "level": "species",
                "split": f"{row['split']}, one sample per barcode",
                "metric": "AMI",
                "value": round(row["ami"], 2),
                **{name: row[name] for name in ("samples", "without_label", "clusters", "classes")},
            }
        )
    return pl.DataFrame(rows, _A16_SCHEMA)


_A16_SCHEMA: dict[str, pl.DataType] = {
    **dict.fromkeys(
        ("modality", "image_architecture", "image_encoder", "dna_encoder"), pl.String()
    ),
    **dict.fromkeys(("level", "split", "metric"), pl.String()),
    "value": pl.Float64(),
    **{name: SCORES_SCHEMA[name] for name in ("samples", "without_label", "clusters", "classes")},
}


def _printed(image: str | None) -> tuple[str | None, str | None]:
    """Architecture and training of an image encoder, as the paper prints them."""
    if image is None or "_" not in image:
        return None, image
    architecture, encoder = image.split("_", 1)
    return architecture, PRINTED.get(encoder, encoder)
