"""The packages of each dataset."""

from tests.unit.configs import example, layout


def test_the_index_of_each_package_and_the_figures_are_targets():
    config = example(image={"packages": ["cropped"]})
    del config["classify"]
    found = layout(config)
    folder = "results/example/mine"
    assert [path for path in found.image.targets() if path.startswith(folder)] == [
        f"{folder}/packs/cropped/index.parquet",
        f"{folder}/figures/boxes.png",
        f"{folder}/figures/crops.png",
        f"{folder}/figures/worst_crops.png",
        f"{folder}/figures/quarantined.png",
    ]
