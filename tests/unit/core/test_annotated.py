"""Annotated sets of a run."""

from bioscan.core.annotated import AnnotatedSets

SETS = AnnotatedSets(
    {
        "drawn": {"simulate": {"wells": 4, "seed": 1}},
        "hand": {"annotations": "my/coco.json", "images": "my/images"},
        "IW-150": {"acquire": True},
    },
    "results/example",
)


def test_sets_are_the_users_or_lie_in_the_results():
    folder = "results/example/detect/sets"
    names = ["drawn", "hand", "IW-150"]
    assert SETS.coco(names) == [
        f"{folder}/drawn/instances.json",
        "my/coco.json",
        f"{folder}/IW-150/instances.json",
    ]
    assert SETS.images(names) == [
        f"{folder}/drawn/images.zip",
        "my/images",
        f"{folder}/IW-150/images.zip",
    ]


def test_sets_are_chosen_by_their_source():
    assert SETS.having("simulate") == ["drawn"]
    assert SETS.having("acquire") == ["IW-150"]
