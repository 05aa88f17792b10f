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


def test_the_papers_figures_of_examples_are_drawn_of_their_datasets():
    image = layout(example()).image
    figures = {name: image.figures(name) for name in ("small1m", "small5m", "mine")}
    assert set(figures["small1m"]) - set(figures["mine"]) == {
        "bioscan1m_figure4",
        "bioscan1m_figureA10",
    }
    assert set(figures["small5m"]) - set(figures["mine"]) == {
        "bioscan5m_figure2",
        "bioscan5m_figureA4",
        "bioscan5m_figureA5",
    }


def test_without_annotated_images_there_are_no_imperfect_boxes():
    config = example()
    config["detect"]["evaluate_on"] = []
    assert "bioscan1m_figureA10" not in layout(config).image.figures("small1m")


def test_examples_are_drawn_from_whole_images_where_there_are_some():
    packs = "results/example/small5m/packs"
    made = {"packages": ["cropped", "cropped_256", "original_256"]}
    assert layout(example(image=made)).image.drawn_indices("small5m") == [
        f"{packs}/{package}/index.parquet" for package in ("original_256", "cropped_256", "cropped")
    ]
    config = example(image={"packages": ["cropped"]})
    del config["classify"]
    assert layout(config).image.drawn_indices("small5m") == [f"{packs}/cropped/index.parquet"]


def test_records_alone_have_no_figures():
    config = example()
    config["datasets"]["alone"] = {"format": "bold", "source": "own", "table": "my/bold.tsv"}
    assert layout(config).image.figures("alone") == []


def test_a_sheet_depends_on_how_crops_are_cut_alone():
    found = layout(example(image={"ratio": 1.6, "quality": 80})).image
    cut = {"ratio": 1.6, "fill": 255, "aspect": None, "rotate": False}
    assert found.cropping("crops") == found.cropping("worst_crops") == cut
    assert found.cropping("quarantined") == {}


def test_a_dataset_of_packages_has_their_packs_and_no_figures_of_boxes():
    config = example(datasets=PACKAGED, image={"packages": ["cropped"]})
    del config["detect"], config["classify"]
    image, packs = layout(config).image, "results/example/given/packs"
    assert image.products() == [
        f"{packs}/original_256/index.parquet",
        f"{packs}/cropped_256/index.parquet",
        *(f"{packs}/original_256/contents/{shard}.parquet" for shard in ("0000", "0001")),
        *(f"{packs}/cropped_256/contents/{shard}.parquet" for shard in ("0000", "0001")),
        "results/example/given/figures/bioscan1m_figure4.png",
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
