"""Files that may be downloaded, and those that a run needs."""

from bioscan.core.formats import ARCHIVE, METADATA
from tests.unit.configs import example, fault, layout


def test_what_may_be_downloaded_is_in_the_catalogue():
    acquire = layout("full", "detectors_from_annotations").acquire
    metadata = f"bioscan1m/source/{METADATA['bioscan1m']}"
    assert acquire.downloads[metadata] == f"data/BIOSCAN-1M/{METADATA['bioscan1m']}"
    weights = "weights/resnet50/model.safetensors"
    assert acquire.downloads[weights] == weights
    annotations = "detect/sets/IW-150-val/instances.json"
    assert acquire.downloads[annotations] == "annotations/IW-150-val/instances.json"
    # A user may ask for files that the run does not need.
    assert "bioscan5m/source/BIOSCAN_5M_cropped_256.zip" in acquire.downloads
    assert acquire.shared(metadata) == (
        f"results/downloads/data/BIOSCAN-1M/{METADATA['bioscan1m']}"
    )


def test_an_archive_that_the_catalogue_does_not_know_may_be_fetched_manually():
    changed = example()
    changed["datasets"]["small5m"] |= {"source": "published", "archives": 6}
    archive = ARCHIVE["bioscan5m"].format(n=6)
    downloads = layout(changed).acquire.downloads
    assert downloads[f"small5m/source/{archive}"] == f"data/BIOSCAN-5M/{archive}"


def test_a_download_has_its_licence_beside_it():
    acquire = layout("full", "detectors_from_annotations").acquire
    assert acquire.licence_of("bioscan1m/source/original_256.zip") == [
        "results/full_trained/bioscan1m/source/LICENCE.txt"
    ]
    assert acquire.licence_of("weights/resnet50/model.safetensors") == [
        "results/full_trained/weights/resnet50/LICENCE.txt"
    ]
    assert acquire.licence_of("detect/sets/IW-150-val/instances.json") == []


def test_simulated_and_own_data_are_not_downloaded():
    paths = layout(example()).acquire.downloads
    assert {path.split("/")[0] for path in paths} == {"weights"}


def fetched(config: dict | str, *overlays: str) -> list[str]:
    """The files that `snakemake acquire` fetches."""
    found = layout(config, *overlays)
    return found.targets(found.acquire)


def encoder_weights(config: str) -> set[str]:
    """The weights that a run embeds with, below its results."""
    found = layout(config)
    return {path.removeprefix(f"{found.run.results}/") for path in found.embed.reads()}


def test_weights_that_come_in_a_package_are_not_downloaded():
    encoder = {"timm": "tf_efficientnet_lite0", "weights": "efficientnet-lite0"}
    config = example(encoders={**example()["encoders"], "lite0": encoder})
    config["classify"]["backbones"] = ["lite0"]
    found = layout(config)
    folder = "results/example/weights/efficientnet-lite0"
    assert found.classify.reads() == [f"{folder}/model.safetensors", f"{folder}/config.json"]
    assert found.acquire.packaged == ["efficientnet-lite0"]
    assert fetched(config) == []
    assert found.acquire.licence_of("weights/efficientnet-lite0/config.json") == [
        f"{folder}/LICENCE.txt"
    ]


#: What multimodal retrieval starts from (5M §4.4), beside the ViT of the classifiers.
RETRIEVE = [
    "weights/barcodebert-5mer/model_41.pth",
    "weights/bert-small/config.json",
    "weights/bert-small/model.safetensors",
    "weights/bert-small/vocab.txt",
]


def test_the_benchmarks_need_published_packages_and_weights_alone():
    data = {path.removeprefix("results/benchmarks/") for path in fetched("benchmarks")}
    data = {path for path in data if path not in encoder_weights("benchmarks")}
    parts = ("eval", "train", "pretrain.01", "pretrain.02")
    assert data == {
        f"bioscan1m/source/{METADATA['bioscan1m']}",
        "bioscan1m/source/original_256.zip",
        "bioscan1m/source/cropped_256.zip",
        "bioscan1m/source/CLIBD_partitioning.zip",
        f"bioscan5m/source/{METADATA['bioscan5m']}",
        *(f"bioscan5m/source/BIOSCAN_5M_cropped_256_{part}.zip" for part in parts),
        "weights/resnet50/model.safetensors",
        "weights/vit_base_patch16_224/model.safetensors",
        *RETRIEVE,
    }


def test_the_full_reproduction_needs_data_weights_and_detectors():
    found = {path for path in fetched("full") if "/source/" not in path}
    weights = {f"results/full/{path}" for path in encoder_weights("full")}
    assert weights < found
    assert found - weights == {
        "results/full/weights/bioscan1m-crop-tool/BIOSCAN_Insect_crop_tool_checkpoint.ckpt",
        "results/full/weights/bioscan5m-crop-tool/BIOSCAN_5M_crop_tool_checkpoint.ckpt",
        "results/full/weights/resnet50/model.safetensors",
        "results/full/weights/vit_base_patch16_224/model.safetensors",
        *(f"results/full/{path}" for path in RETRIEVE),
    }


def test_with_the_annotations_it_needs_them_too():
    targets = fetched("full", "detectors_from_annotations")
    assert len(targets) == len(set(targets))
    source = "results/full_trained/bioscan1m/source"
    assert {
        f"{source}/{METADATA['bioscan1m']}",
        f"{source}/{ARCHIVE['bioscan1m'].format(n=113)}",
        f"results/full_trained/bioscan5m/source/{ARCHIVE['bioscan5m'].format(n=5)}",
        "results/full_trained/weights/detr-resnet-50/model.safetensors",
        "results/full_trained/weights/resnet50/model.safetensors",
        "results/full_trained/detect/sets/NWC-837/images.zip",
    } <= set(targets)
    # A published package may be asked for, but nothing needs it.
    assert not any("cropped_256" in path for path in targets)


def test_the_demo_needs_no_download():
    assert fetched("demo") == []


def test_a_published_dataset_with_images_of_the_user_needs_its_metadata_alone():
    changed = example()
    changed["datasets"]["small5m"] |= {"source": "published", "images": ["my/clibd.hdf5"]}
    path = f"small5m/source/{METADATA['bioscan5m']}"
    assert fetched(changed) == [f"results/example/{path}"]
    assert path in layout(changed).acquire.downloads


def test_sets_and_weights_that_nothing_uses_are_not_fetched():
    config = example()
    config["detect"]["sets"] |= {"IP-100": {"acquire": True}, "IW-150": {"acquire": True}}
    config["detect"]["detectors"] |= {
        "unused": {"weights": "detr-resnet-50", "train": ["IP-100"]},
        "used": {"weights": "small", "train": ["IW-150"]},
    }
    config["detect"]["evaluate_on"] = []
    for dataset in config["datasets"].values():
        dataset["detector"] = "used"
    folder = "results/example/detect/sets/IW-150"
    assert fetched(config) == [f"{folder}/instances.json", f"{folder}/images.zip"]
    # Evaluation uses all detectors.
    config["detect"]["evaluate_on"] = [["hand"]]
    assert "results/example/weights/detr-resnet-50/model.safetensors" in fetched(config)


def test_an_unknown_set_is_one_clear_line():
    assert fault("detect/sets/lost", {"acquire": True}) == (
        "config: detect.sets.lost is 'lost', expected one of IP-100, IP-1000, IW-150, IW-1000, "
        "NWC-837, IP-100-val, IW-150-val, NWC-100-val"
    )
