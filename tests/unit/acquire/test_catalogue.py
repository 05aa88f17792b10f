"""The catalogue is complete, and its entries are read correctly."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from bioscan.acquire.catalogue import ALGORITHMS, Checksum, Download, find_download, licence

TEXT = (Path(__file__).parents[3] / "config" / "catalogue.yaml").read_text()
CATALOGUE = yaml.safe_load(TEXT)
KEYS = [
    f"{section}/{name}/{file}"
    for section in ("data", "weights", "annotations")
    for name, collection in CATALOGUE[section].items()
    for file in collection["files"]
]
LENGTH = {"md5": 32, "sha256": 64}


def test_an_entry_is_read():
    key = "data/BIOSCAN-1M/BIOSCAN_Insect_Dataset_metadata.tsv"
    assert find_download(CATALOGUE, key) == Download(
        name="BIOSCAN_Insect_Dataset_metadata.tsv",
        sources=(
            "https://zenodo.org/records/8030065/files/BIOSCAN_Insect_Dataset_metadata.tsv",
            "https://huggingface.co/datasets/bioscan-ml/BIOSCAN-1M/resolve/33e1f31/"
            "BIOSCAN_Insect_Dataset_metadata.tsv",
            "https://drive.usercontent.google.com/download?id=1u6E4cL9BP1JRBNmDq0pFeUr6YksKupc8"
            "&export=download&confirm=t",
        ),
        checksum=Checksum("md5", "dec3bb23870a35e2e13bc17a5809c901"),
        manual="https://drive.google.com/drive/folders/1kD9cXuQ1FdL30etp7sjy_Gs_NAAJ3EXI",
    )
    assert find_download(CATALOGUE, "weights/resnet50/model.safetensors").size == 102_469_840


def test_a_file_without_an_entry_may_be_fetched_manually():
    unknown = find_download(CATALOGUE, "annotations/IP-100/other.json")
    assert unknown == Download(name="other.json")


@pytest.mark.parametrize("section", ["data", "weights", "annotations"])
def test_the_catalogue_has_known_keys_only(section: str):
    for collection in CATALOGUE[section].values():
        assert set(collection) <= {"licence", "holder", "cite", "manual", "package", "files"}
        for entry in collection["files"].values():
            assert set(entry) <= {"size", "sources", "manual", *ALGORITHMS}
            assert isinstance(entry.get("size", 0), int) or entry["size"].endswith(" GB")
            for algorithm in set(ALGORITHMS) & set(entry):
                assert re.fullmatch(f"[0-9a-f]{{{LENGTH[algorithm]}}}", entry[algorithm])


def test_sources_are_whole_addresses_at_pinned_revisions():
    for key in KEYS:
        for source in find_download(CATALOGUE, key).sources:
            address = urlsplit(source)
            assert address.scheme == "https" and address.netloc, source
            assert "{" not in source
            if address.netloc == "huggingface.co":
                assert re.search(r"/resolve/[0-9a-f]{7,40}/", source)


def test_no_key_is_given_twice():
    def keys(node: yaml.Node) -> Iterator[list[str]]:
        if isinstance(node, yaml.MappingNode):
            yield [key.value for key, _ in node.value]
            for _, value in node.value:
                yield from keys(value)

    for names in keys(yaml.compose(TEXT)):
        assert len(names) == len(set(names))


def test_no_two_files_have_the_same_source():
    sources = [source for key in KEYS for source in find_download(CATALOGUE, key).sources]
    assert len(sources) == len(set(sources))


def test_all_hosts_and_licences_are_used():
    collections = [CATALOGUE[key.split("/")[0]][key.split("/")[1]] for key in KEYS]
    entries = [entry for collection in collections for entry in collection["files"].values()]
    sources = [source for entry in entries for source in entry.get("sources", ())]
    hosts = {source.partition(":")[0] for source in sources} - {"https"}
    assert hosts == set(CATALOGUE["hosts"])
    licences = {collection["licence"] for collection in collections if "licence" in collection}
    assert licences == set(CATALOGUE["licences"])


def test_the_models_of_all_experiments_are_there():
    detectors = {"detr-resnet-50"}
    classifiers = {"resnet50", "vit_base_patch16_224"}
    dna = {
        "barcodebert",
        "nucleotide-transformer-v2-50m",
        "dnabert-2",
        "dnabert-s",
        "hyenadna-tiny-1k",
    }
    images = {
        *("resnet50-v2", "mocov3-resnet50", "dino-resnet50", "vicreg-resnet50", "clip-rn50"),
        *("vit_b_16", "mocov3-vit-b", "dino-vit-b", "mae-vit-b", "clip-vit-b-16"),
        *("mae-vit-b-avg", "efficientnet-lite0"),
    }
    retrieval = {"bert-small", "barcodebert-5mer"}
    assert detectors | classifiers | dna | images | retrieval <= set(CATALOGUE["weights"])


#: The files that each encoder of DNA reads (`bioscan.encoders.dna`).
DNA_FILES = {
    "barcodebert": {"new_model_4.pth"},
    "barcodebert-5mer": {"model_41.pth"},
    "dnabert-2": {"config.json", "model.safetensors", "tokenizer.json"},
    "dnabert-s": {"config.json", "pytorch_model.bin", "tokenizer.json"},
    "nucleotide-transformer-v2-50m": {"config.json", "model.safetensors", "vocab.txt"},
    "hyenadna-tiny-1k-hf": {"config.json", "model.safetensors"},
}


@pytest.mark.parametrize("name", DNA_FILES)
def test_the_files_that_encoders_of_dna_read_are_there(name: str):
    assert DNA_FILES[name] <= set(CATALOGUE["weights"][name]["files"])


def test_code_of_a_model_comes_with_its_config():
    for collection in CATALOGUE["weights"].values():
        if any(file.endswith(".py") for file in collection["files"]):
            assert {"config.json", "tokenizer_config.json"} <= set(collection["files"])


def test_all_images_of_both_datasets_are_there():
    files = [key.rsplit("/", 1)[1] for key in KEYS]
    for n in range(1, 114):
        assert f"bioscan_images_original_full_part{n}.zip" in files
    for n in range(1, 6):
        assert f"BIOSCAN_5M_original_full.0{n}.zip" in files
    ids = [
        source
        for key in KEYS
        for source in find_download(CATALOGUE, key).sources
        if "id=" in source
    ]
    assert len(ids) == len(set(ids)) == 125


def test_every_download_has_a_licence():
    for key in KEYS:
        if find_download(CATALOGUE, key).sources:
            assert licence(CATALOGUE, key.rsplit("/", 1)[0])


def test_a_licence_is_stated_in_full():
    assert licence(CATALOGUE, "data/BIOSCAN-5M") == (
        "BIOSCAN-5M: CC BY 3.0, https://creativecommons.org/licenses/by/3.0/\n"
        "Copyright: CBG Photography Group, Centre for Biodiversity Genomics\n"
        "Cite: https://doi.org/10.48550/arXiv.2406.12723\n"
    )
    assert licence(CATALOGUE, "annotations/IP-100") is None
