"""The table of embeddings."""

from bioscan.embed.tables import embeddings_table


def test_a_matrix_is_a_row_with_the_samples_that_it_lacks():
    described = {
        "encoder": "resnet",
        "split": "test",
        "modality": "image",
        "dimension": 96,
        "package": "cropped_256",
        "preprocessing": {"resize": 168},
        "weights": None,
        "dtype": "float32",
        "computed": "bf16",
        "rows": 5,
        "samples": 5,
        "without": 2,
    }
    barcodes = {**described, "encoder": "8-4-4", "pooling": "masked", "samples": 9, "without": 0}
    table = embeddings_table([described, {**barcodes, "weights": {"model.safetensors": "ab12"}}])
    assert table.select("encoder", "pooling", "weights", "samples", "without", "rows").rows() == [
        ("resnet", None, "randomly initialised", 5, 2, 5),
        ("8-4-4", "masked", "model.safetensors", 9, 0, 5),
    ]
