"""Every kind of label noise, on worked examples and at its rate."""

import numpy as np
import polars as pl
import pytest

from bioscan.simulate import noise

CHANCES = [0.0, 0.2, 0.4, 0.6, 0.8, 0.99]


def outcomes(change, name: str, chances=CHANCES) -> list[str | None]:
    """The results for one name under several uniform numbers."""
    frame = pl.DataFrame({"name": [name] * len(chances), "chance": chances})
    return frame.select(change(pl.col("name"), pl.col("chance"))).to_series().to_list()


def test_misspelling_drops_doubles_or_swaps_one_letter():
    # A third of the range each; within a third the place runs from the second letter to the last.
    chances = [0.0, 0.16, 1 / 3, 0.5, 2 / 3 + 0.01, 0.8, 0.99]
    assert outcomes(noise.misspell, "Aphis", chances) == [
        "Ahis",
        "Apis",
        "Apphis",
        "Aphiis",
        "Apphis",
        "Ahpis",
        "Aphsi",
    ]


def test_misspelling_keeps_the_first_letter():
    written = outcomes(noise.misspell, "gelMalaise01", list(np.linspace(0, 0.999, 200)))
    assert all(name.startswith("g") and name != "gelMalaise01" for name in written)


def test_misspelling_keeps_numbers():
    written = outcomes(noise.misspell, "Blacus Malaise0896", list(np.linspace(0, 0.999, 200)))
    assert all(name.endswith("0896") and name != "Blacus Malaise0896" for name in written)


def test_typos_of_malaise_touch_the_final_code_only():
    written = outcomes(noise.malaise_typo, "gelMalaise01 Malaise9198")
    assert set(written) >= {
        "gelMalaise01 Malaisse9198",
        "gelMalaise01 Malasie9198",
        "gelMalaise01 malaise9198",
    }
    assert outcomes(noise.malaise_typo, "Megaselia lucifrons", [0.5]) == ["Megaselia lucifrons"]


def test_padding_is_lost():
    assert outcomes(noise.unpad, "Oxysarcodexia Malaise0123", [0.5]) == ["Oxysarcodexia Malaise123"]
    assert outcomes(noise.unpad, "Cryptophilus sp. SAEVG Morph0281", [0.5]) == [
        "Cryptophilus sp. SAEVG Morph281"
    ]


def test_case_and_white_space():
    assert set(outcomes(noise.recase, "Megaselia lucifrons")) == {
        "megaselia lucifrons",
        "Megaselia Lucifrons",
    }
    assert set(outcomes(noise.respace, "Megaselia lucifrons")) == {
        "Megaselia lucifrons ",
        " Megaselia lucifrons",
        "Megaselia  lucifrons",
    }


def test_open_nomenclature_names_no_species():
    frame = pl.DataFrame(
        {"genus": ["Olixon"] * 6, "species": ["Olixon testaceum"] * 6, "chance": CHANCES}
    )
    written = frame.select(
        noise.open_nomenclature(pl.col("genus"), pl.col("species"), pl.col("chance"))
    )
    assert set(written.to_series()) == {
        "Olixon sp.",
        "Olixon cf. testaceum",
        "Olixon nr. testaceum",
        "Olixon aff. testaceum",
    }


def test_open_nomenclature_quotes_established_names_only():
    frame = pl.DataFrame({"chance": CHANCES})
    written = frame.select(
        noise.open_nomenclature(pl.lit("Blacus"), pl.lit("Blacus Malaise0896"), pl.col("chance"))
    )
    assert set(written.to_series()) == {"Blacus sp."}


def test_annotators_disagree_within_genus_family_or_order():
    # Species 0 1 | 2 of two genera of a family, 3 alone in an order.
    lineages = np.array([[0, 0, 0], [0, 0, 0], [1, 0, 0], [2, 1, 1]])
    which = np.array([0.0, 0.5, 0.9])
    for chance in (0.0, 0.5, 0.99):
        draws = np.full(3, chance)
        assert noise.disagree(np.zeros(3, int), lineages, draws, which)[0] == 1
        assert set(noise.disagree(np.zeros(3, int), lineages, draws, which)[1:]) <= {1, 2}
        assert (noise.disagree(np.full(3, 3), lineages, draws, which) == 3).all()
    # The only species of its genus has nobody to be taken for there.
    assert noise.disagree(np.array([2]), lineages, np.array([0.4]), np.array([0.1])) == [2]


def test_labels_stop_at_each_rank_above_equally_often():
    depth = np.full(6_000, 6, np.int8)
    cut = noise.shallower(depth, 2, np.linspace(0, 1, 6_000, endpoint=False))
    assert np.bincount(cut).tolist() == [0, 0, 1_500, 1_500, 1_500, 1_500]
    assert noise.shallower(np.array([2], np.int8), 2, np.array([0.9])) == [2]


def labels(count: int) -> pl.DataFrame:
    """Half with a padded placeholder, a quarter with a name, a quarter with the genus only."""
    species = ["Blacus Malaise0896", "Blacus Malaise0017", "Blacus ruficornis", None]
    return pl.DataFrame(
        {
            "genus": ["Blacus"] * count,
            "species": (species * count)[:count],
            "intended": ["Blacus intended"] * count,
        }
    )


def draws(count: int, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {kind: rng.random((count, 2)) for kind in noise.WRITING}


def test_without_rates_nothing_happens():
    written, changed = noise.miswrite(labels(100), {}, draws(100))
    assert written.equals(labels(100))
    assert not any(mask.any() for mask in changed.values())


@pytest.mark.parametrize("kind", noise.WRITING)
def test_each_kind_hits_its_share_of_the_records_that_it_can(kind):
    before = labels(20_000)
    written, changed = noise.miswrite(before, {kind: 0.2}, draws(20_000))
    eligible = before.select(noise.WRITING[kind].applies).to_series().fill_null(False)
    column = noise.WRITING[kind].column
    differs = written[column].ne_missing(before[column])
    assert (differs.to_numpy() == changed[kind]).all()
    assert not differs.filter(~eligible).any()
    assert differs.filter(eligible).mean() == pytest.approx(0.2, abs=0.02)
    others = [name for name in before.columns if name != column]
    assert written.select(others).equals(before.select(others))


def test_kinds_add_up():
    written, changed = noise.miswrite(labels(8), dict.fromkeys(noise.WRITING, 1.0), draws(8))
    assert changed["open_nomenclature"].tolist() == [False, False, False, True] * 2
    assert changed["genus_missing"].all() and written["genus"].null_count() == 8
