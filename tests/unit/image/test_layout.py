"""The packages of each dataset."""

from tests.unit.configs import PACKAGED, example, layout


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


def test_a_dataset_of_packages_has_their_packs_and_no_figures():
    config = example(datasets=PACKAGED, image={"packages": ["cropped"]})
    del config["detect"], config["classify"]
    image, packs = layout(config).image, "results/example/given/packs"
    assert image.products() == [
        f"{packs}/original_256/index.parquet",
        f"{packs}/cropped_256/index.parquet",
        *(f"{packs}/original_256/contents/{shard}.parquet" for shard in ("0000", "0001")),
        *(f"{packs}/cropped_256/contents/{shard}.parquet" for shard in ("0000", "0001")),
    ]
    assert set(image.targets()) - set(image.products()) == {
        f"{packs}/{package}/{shard}.h5"
        for package in ("original_256", "cropped_256")
        for shard in ("0000", "0001")
    }
    assert set(image.quarantine("given").values()) == {"original_256", "cropped_256"}


def test_packages_that_are_made_here_share_a_quarantine_and_contents():
    image, packs = layout(example()).image, "results/example/mine/packs"
    assert image.quarantine("mine") == {f"{packs}/quarantine/0000.parquet": "crop"}
    assert image.contents("mine", "cropped_256") == image.contents("mine", "original_256")
