"""New specimens of a simulated community."""

import numpy as np
import pytest

from bioscan.core.errors import InputError
from bioscan.core.records import RANKS
from bioscan.simulate.community import Community
from bioscan.simulate.population import populate
from bioscan.simulate.records import simulate
from bioscan.simulate.specimens import KINDS, new_specimens, truth

COMMUNITY = Community(specimens=400, seed=1, species=40, orders=3, evenness=0.8)


@pytest.fixture(scope="module")
def specimens():
    return list(new_specimens(COMMUNITY, "bioscan5m", (64, 48), seed=5, looks=1))


def differences(first: str, second: str) -> int:
    return sum(a != b for a, b in zip(first, second, strict=True))


def test_there_are_as_many_of_each_kind_as_stated(specimens):
    kinds = [one.kind for one in specimens]
    assert {kind: kinds.count(kind) for kind in kinds} == KINDS
    assert all(one.pixels.shape == (48, 64, 3) for one in specimens)


def test_barcodes_are_new_and_those_of_known_species_are_near_theirs(specimens):
    known = next(iter(simulate(COMMUNITY, "bioscan5m")))
    written = set(known["dna_barcode"])
    for one in specimens:
        assert one.barcode not in written
        if one.kind not in ("known", "new species"):
            continue
        of = one.lineage[-1].removesuffix(" nova")
        whole = [
            barcode
            for barcode in known.filter(true_species=of)["dna_barcode"]
            if len(barcode) == len(one.barcode) and set(barcode) <= set("ACGT")
        ]
        nearest = min((differences(one.barcode, barcode) for barcode in whole), default=None)
        if nearest is not None:
            assert (nearest <= 13) == (one.kind == "known")


def test_failures_are_what_they_are_called(specimens):
    by_kind = {one.kind: one for one in specimens}
    assert by_kind["empty well"].barcode is by_kind["empty well"].lineage is None
    assert set(by_kind["contaminated"].barcode) - set("ACGT") <= set("MRWSYK")
    assert sum(letter in "MRWSYK" for letter in by_kind["contaminated"].barcode) > 50
    population = populate(COMMUNITY, "bioscan5m")
    assert by_kind["wrong pair"].lineage in population.names.select(RANKS).rows()


def test_the_same_seed_gives_the_same_specimens(specimens):
    again = list(new_specimens(COMMUNITY, "bioscan5m", (64, 48), seed=5, looks=1))
    assert truth(again).equals(truth(specimens))
    assert all(np.array_equal(a.pixels, b.pixels) for a, b in zip(again, specimens, strict=True))


def test_a_community_of_one_order_has_no_wrong_pair():
    community = Community(specimens=100, seed=1, species=4, orders=1)
    with pytest.raises(InputError, match=r"identify\.simulate\.like"):
        list(new_specimens(community, "bioscan5m", (64, 48), seed=5, looks=1))


def test_the_truth_has_a_row_per_specimen(specimens):
    table = truth(specimens)
    assert table.columns == ["processid", "kind", *RANKS]
    assert table.filter(kind="empty well")["order"].to_list() == [None]
