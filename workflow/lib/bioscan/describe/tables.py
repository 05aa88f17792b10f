"""The tables that describe a dataset, by name."""

from collections.abc import Callable

import polars as pl

from bioscan.describe import attributes, facts, partitions

#: File name of every table → the function that makes it from a dataset's records (see
#: `counts.read_records`).
TABLES: dict[str, Callable[[pl.DataFrame], pl.DataFrame]] = {
    "bioscan1m_table1": attributes.ranks_1m,
    "bioscan1m_table2": partitions.datasets_1m,
    "bioscan1m_table3": partitions.experiments,
    "bioscan1m_orders": facts.orders,
    "bioscan1m_text_facts": facts.facts_1m,
    "bioscan5m_table1": facts.largest_dataset,
    "bioscan5m_table2": attributes.ranks,
    "bioscan5m_table3": partitions.splits,
    "bioscan5m_tableA4": attributes.geography,
    "bioscan5m_tableA5": attributes.distribution,
    "bioscan5m_tableA6": attributes.insecta,
    "bioscan5m_tableA8": partitions.example_species,
    "bioscan5m_tableA9": partitions.taxa_per_species_set,
    "bioscan5m_tableA10": partitions.taxa_per_partition,
    "bioscan5m_tableA11": partitions.overlap("species"),
    "bioscan5m_tableA12": partitions.overlap_percent("species"),
    "bioscan5m_tableA13": partitions.overlap("genus"),
    "bioscan5m_tableA14": partitions.overlap_percent("genus"),
    "bioscan5m_slides_sdi": attributes.diversity,
    "bioscan5m_text_facts": facts.facts_5m,
    "ranks": attributes.ranks,
    "splits": partitions.splits,
    "geography": attributes.geography,
    "columns": attributes.columns,
}
