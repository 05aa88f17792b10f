"""The steps of label cleaning (BIOSCAN-5M §A4.3-A4.4), each a pure function of the records.

A step takes and returns the same records in the same order, with the columns RANKS,
`inferred_ranks` and `barcode` (a number, null where there is none). Its result depends on the set
of records, not on their order: every tie is broken by the text of the labels.

Steps that look at names alone work on the distinct lineages, of which there are some hundred
thousand in five million records; steps that compare records of a barcode work on the barcodes
with more than one labelling.
"""

import polars as pl

from bioscan.core.records import RANKS
from bioscan.core.spelling import near
from bioscan.curate.lineages import (
    COMPANIONS,
    FILLER,
    by_lineage,
    relabelled,
    with_labels,
    without_last_filler,
)
from bioscan.curate.names import (
    first_word,
    identifies,
    standard_genus,
    standard_species,
    tidy_text,
    variant_key,
)

#: `inferred_ranks` by the shallowest rank that was copied from a barcode twin (§A4.4). A phylum is
#: never missing in the published data; one that is copied counts as the deepest published code.
INFERRED_CODES = {
    "species": 1,
    "genus": 2,
    "subfamily": 3,
    "family": 4,
    "order": 5,
    "class": 6,
    "phylum": 6,
}


def tidy_labels(records: pl.DataFrame) -> pl.DataFrame:
    """Write every label in one Unicode form, without invisible and superfluous characters."""
    records = by_lineage(records, lambda lineages: lineages.with_columns(tidy_text(pl.col(RANKS))))
    return with_labels(
        records,
        *(
            relabelled(labels, lambda known: pl.select(tidy_text(pl.lit(known))).to_series())
            for labels in records.select(*COMPANIONS)
        ),
    )


def standardise_placeholders(records: pl.DataFrame) -> pl.DataFrame:
    """Write placeholder names in their standard format: "Malaise" spelt right, numbers padded."""
    return by_lineage(
        records,
        lambda lineages: lineages.with_columns(
            standard_genus(lineages["genus"]), standard_species(lineages["species"])
        ),
    )


def reconcile_genus(records: pl.DataFrame, min_majority: float) -> pl.DataFrame:
    """Make the genus and the first word of the species agree where one shows the other's error.

    A missing genus, or a species entered as genus, is replaced by the first word of the species.
    Where one of two similar names is a misspelling, the commoner one is used: in this record, and
    in every record of the family if it has `min_majority` of all uses of both. Where the names are
    not similar, the first word is used if `min_majority` of the species' records have it as genus.
    All other records stay unchanged.
    """

    def reconcile(lineages: pl.DataFrame) -> pl.DataFrame:
        word = first_word(pl.col("species"))
        missing = pl.col("genus").is_null() | pl.col("genus").str.contains(" ")
        # Where there is no species, a species entered as genus is moved to its place.
        lineages = lineages.with_columns(
            species=pl.coalesce("species", pl.when(pl.col("genus").str.contains(" ")).then("genus"))
        ).with_columns(genus=pl.when(missing).then(pl.coalesce(word, "genus")).otherwise("genus"))
        lineages = lineages.with_columns(word.alias("word"))
        lineages = _correct_misspelt_genera(lineages, min_majority)
        own = pl.col("records").filter(pl.col("word") == pl.col("genus")).sum().over("species")
        share = own / pl.col("records").sum().over("species")
        return lineages.with_columns(
            genus=pl.when((pl.col("word") != pl.col("genus")) & (share >= min_majority))
            .then("word")
            .otherwise("genus")
        ).drop("word")

    return by_lineage(records, reconcile)


def unify_variants(records: pl.DataFrame) -> pl.DataFrame:
    """Replace names that differ only in case, spaces or zero padding by the commonest of them."""

    def unify(lineages: pl.DataFrame) -> pl.DataFrame:
        for rank in RANKS:
            names = lineages.drop_nulls(rank).group_by(rank).agg(pl.col("records").sum())
            # Equally common: padded before unpadded, and "Aus bus" before "Aus Bus".
            by = ["records", pl.col(rank).str.len_chars(), rank]
            commonest = pl.col(rank).sort_by(by, descending=True).first()
            names = names.with_columns(commonest.over(variant_key(pl.col(rank))).alias("common"))
            names = names.filter(pl.col(rank) != pl.col("common"))
            renamed = pl.col(rank).replace(names[rank], names["common"])
            lineages = lineages.with_columns(renamed)
        return lineages

    return by_lineage(records, unify)


def unify_misspellings(records: pl.DataFrame) -> pl.DataFrame:
    """Where records of a barcode differ by a misspelling, use the commoner spelling in the data."""
    rows = _disagreeing(records)
    for rank in RANKS:
        uses = records[rank].value_counts(name="uses")
        seen = rows.drop_nulls(rank).select("barcode", rank).unique().join(uses, on=rank)
        pairs = seen.join(seen, on="barcode", suffix="_other").filter(
            pl.col("uses") < pl.col("uses_other")
        )
        kinds = pairs.select(rank, f"{rank}_other").unique().sort(pl.all())
        kinds = kinds.filter(near(*kinds))
        commonest = pl.col(f"{rank}_other").sort_by(
            ["uses_other", f"{rank}_other"], descending=True
        )
        verdicts = (
            pairs.join(kinds, on=kinds.columns)
            .group_by("barcode", rank)
            .agg(commonest.first().alias("common"))
        )
        rows = (
            rows.join(verdicts, on=["barcode", rank], how="left", maintain_order="left")
            .with_columns(pl.coalesce("common", rank).alias(rank))
            .drop("common")
        )
    return _put_back(records, rows)


def fill_holes(records: pl.DataFrame, min_majority: float) -> pl.DataFrame:
    """Fill ranks that are missing between known ones.

    A hole takes the label that `min_majority` of the records with the same next known label below
    have at this rank. A subfamily that no such record has becomes "unassigned <Family>" (§A4.3).
    """

    def fill(lineages: pl.DataFrame) -> pl.DataFrame:
        for depth, rank in enumerate(RANKS[:-1]):
            above = RANKS[:depth][-1:]
            for below in RANKS[depth + 1 :]:
                known = lineages.drop_nulls([rank, below]).group_by(*above, below, rank)
                known = known.agg(pl.col("records").sum()).sort(rank)
                share = pl.col("records").max() / pl.col("records").sum()
                known = (
                    known.group_by(*above, below)
                    .agg(pl.col(rank).get(pl.col("records").arg_max()).alias("known"), share=share)
                    .filter(pl.col("share") >= min_majority)
                )
                lineages = lineages.join(
                    known, on=[*above, below], how="left", nulls_equal=True, maintain_order="left"
                )
                lineages = lineages.with_columns(pl.coalesce(rank, "known").alias(rank)).drop(
                    "known", "share"
                )
        hole = pl.col("subfamily").is_null() & pl.coalesce("genus", "species").is_not_null()
        filler = pl.when(hole).then(FILLER + pl.col("family"))
        return lineages.with_columns(pl.coalesce("subfamily", filler))

    return by_lineage(records, fill)


def resolve_conflicts(records: pl.DataFrame, min_majority: float) -> pl.DataFrame:
    """Make records of one barcode agree, rank by rank from the root (§A4.4).

    Where annotations of a rank differ, the most common one is accepted if its share of the
    records labelled at that rank reaches `min_majority`. The overruled records lose all ranks
    below, because those labels lie within the wrong taxon; `infer_missing` copies the labels of
    the majority to them. If no annotation reaches the share, every record of the barcode loses
    this rank and all below.
    """
    rows = _disagreeing(records)
    for depth, rank in enumerate(RANKS):
        rows = rows.join(
            _verdicts(rows, rank, min_majority), on="barcode", how="left", maintain_order="left"
        )
        settled = pl.when(pl.col("conflict") & pl.col(rank).is_not_null()).then("majority")
        settled = settled.otherwise(rank)
        lost = pl.col("curtail").fill_null(False) | pl.col(rank).ne_missing(settled)
        rows = rows.with_columns(
            settled.alias(rank),
            *(pl.when(~lost).then(name).alias(name) for name in RANKS[depth + 1 :]),
        ).drop("conflict", "majority", "curtail")
    return _put_back(records, rows.with_columns(without_last_filler()))


def infer_missing(records: pl.DataFrame) -> pl.DataFrame:
    """Copy missing ranks from records of the same barcode, and note the shallowest one copied.

    Barcodes whose records contradict one another are skipped until `resolve_conflicts` has run.
    """
    rows = _disagreeing(records)
    agree = pl.all_horizontal(
        pl.col(rank).drop_nulls().n_unique().over("barcode") <= 1 for rank in RANKS
    )
    rows = rows.filter(agree)
    known = {rank: pl.col(rank).drop_nulls().first().over("barcode") for rank in RANKS}
    copied = {rank: pl.col(rank).is_null() & known[rank].is_not_null() for rank in RANKS}
    codes = (pl.when(copied[rank]).then(pl.lit(INFERRED_CODES[rank])) for rank in RANKS)
    rows = rows.with_columns(
        pl.max_horizontal("inferred_ranks", *codes).cast(pl.UInt8).alias("inferred_ranks"),
        *(pl.coalesce(rank, known[rank]).alias(rank) for rank in RANKS),
    )
    return _put_back(records, rows)


def remove_unidentifying(records: pl.DataFrame) -> pl.DataFrame:
    """Remove species names that identify no species: "Pseudosciara sp." (§A4.4).

    A record to which only such a name was copied no longer counts as inferred.
    """
    removed = ~identifies(pl.col("species"))
    only = removed & (pl.col("inferred_ranks") == INFERRED_CODES["species"])
    return records.with_columns(
        pl.when(only.fill_null(False))
        .then(0)
        .otherwise("inferred_ranks")
        .cast(pl.UInt8)
        .alias("inferred_ranks"),
        species=pl.when(~removed).then("species"),
    )


def _disagreeing(records: pl.DataFrame) -> pl.DataFrame:
    """The records of the barcodes with more than one labelling, with their `row`."""
    ways = records.drop_nulls("barcode").select("barcode", *RANKS).unique()["barcode"]
    several = ways.filter(ways.is_duplicated()).unique()
    return records.with_row_index("row").filter(pl.col("barcode").is_in(several.implode()))


def _put_back(records: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """The records with the labels at each `row` of `rows` replaced."""
    if rows.is_empty():
        return records
    columns = (*RANKS, "inferred_ranks")
    return records.with_columns(records[name].scatter(rows["row"], rows[name]) for name in columns)


def _correct_misspelt_genera(lineages: pl.DataFrame, min_majority: float) -> pl.DataFrame:
    """Correct the genus or the first word of the species (`word`) where they are near."""
    uses = (
        pl.concat(
            lineages.select("family", pl.col(name).alias("name"), "records")
            for name in ("genus", "word")
        )
        .drop_nulls("name")
        .group_by("family", "name")
        .agg(pl.col("records").sum().alias("uses"))
    )
    differ = lineages.filter(pl.col("genus") != pl.col("word"))
    pairs = differ.select("family", "genus", "word").unique().sort(pl.all())
    pairs = pairs.filter(near(pairs["genus"], pairs["word"]))
    for name in ("genus", "word"):
        pairs = pairs.join(
            uses.rename({"name": name, "uses": f"{name}_uses"}),
            on=["family", name],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    # The genus was chosen from a list, the species may have been typed in: the genus decides.
    same = variant_key(pl.col("genus")) == variant_key(pl.col("word"))
    tie = pl.col("genus_uses") == pl.col("word_uses")
    genus_wins = (pl.col("genus_uses") > pl.col("word_uses")) | (tie & same)
    word_wins = pl.col("genus_uses") < pl.col("word_uses")
    pairs = pairs.with_columns(
        common=pl.when(genus_wins).then("genus").when(word_wins).then("word"),
        rare=pl.when(genus_wins).then("word").when(word_wins).then("genus"),
        share=pl.max_horizontal("genus_uses", "word_uses")
        / (pl.col("genus_uses") + pl.col("word_uses")),
    ).drop_nulls("common")
    # A name similar to several others is replaced by the commonest of them.
    everywhere = (
        pairs.filter(pl.col("share") >= min_majority)
        .sort("share", "common")
        .unique(["family", "rare"], keep="last")
        .select("family", "rare", "common")
    )
    here = pairs.select("family", "genus", "word", here="common")
    lineages = lineages.join(
        here, on=["family", "genus", "word"], how="left", nulls_equal=True, maintain_order="left"
    )
    for name in ("genus", "word"):
        lineages = lineages.join(
            everywhere.rename({"rare": name, "common": f"{name}_common"}),
            on=["family", name],
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
    word = pl.coalesce("here", "word_common", "word")
    rest = pl.col("species").str.strip_prefix(pl.col("word"))
    return lineages.with_columns(
        genus=pl.coalesce("here", "genus_common", "genus"),
        species=pl.coalesce(word + rest, "species"),
        word=word,
    ).drop("here", "genus_common", "word_common")


def _verdicts(rows: pl.DataFrame, rank: str, min_majority: float) -> pl.DataFrame:
    """The barcodes whose records differ at a rank, with the accepted label or null."""
    votes = rows.drop_nulls(rank).group_by("barcode", rank).len("votes")
    best = pl.col(rank).sort_by(["votes", rank], descending=[True, False]).first()
    share = pl.col("votes").max() / pl.col("votes").sum()
    verdicts = votes.group_by("barcode").agg(
        (pl.len() > 1).alias("conflict"),
        best.alias("majority"),
        (share < min_majority).alias("curtail"),
    )
    return verdicts.filter("conflict").with_columns(pl.when(~pl.col("curtail")).then("majority"))
