"""The packages of each dataset."""

from tests.unit.configs import example, layout


def test_indices_contents_and_figures_are_products():
    config = example(image={"packages": ["cropped"]})
    del config["classify"]
    found = layout(config)
    folder = "results/example/mine"
    assert [path for path in found.image.products() if path.startswith(folder)] == [
        f"{folder}/packs/cropped/index.parquet",
        f"{folder}/packs/contents/0000.parquet",
        f"{folder}/figures/boxes.png",
        f"{folder}/figures/crops.png",
        f"{folder}/figures/worst_crops.png",
        f"{folder}/figures/quarantined.png",
    ]
    packs = set(found.image.targets()) - set(found.image.products())
    of_1m = {
        f"results/example/small1m/packs/cropped/{shard}.h5" for shard in ("0000", "0001", "0002")
    }
    assert packs > of_1m


def test_a_sheet_depends_on_how_crops_are_cut_alone():
    found = layout(example(image={"ratio": 1.6, "quality": 80})).image
    cut = {"ratio": 1.6, "fill": 255, "aspect": None, "rotate": False}
    assert found.cropping("crops") == found.cropping("worst_crops") == cut
    assert found.cropping("quarantined") == {}
