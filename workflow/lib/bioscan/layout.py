"""The layout of a run: those of its stages, composed."""

from importlib import import_module
from importlib.util import find_spec

from bioscan.core.run import Run, StageLayout

#: The stages in their order. To add one, name it here.
STAGES = (
    "acquire",
    "simulate",
    "ingest",
    "curate",
    "partition",
    "describe",
    "detect",
    "image",
    "embed",
    "classify",
    "barcode",
    "cluster",
    "retrieve",
    "identify",
    "release",
    "report",
)


class Layout:
    """The layout of each stage, as an attribute of its name, checked.

    Attributes:
        run: what the stages share.
        stages: the layouts in their order.

    Raises:
        InputError: the config names what does not exist (`StageLayout.check`).
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        self.stages = [_layout(name)(run) for name in STAGES]
        for stage in self.stages:
            setattr(self, stage.name, stage)
        for stage in self.stages:
            stage.check()

    def products(self) -> list[str]:
        """All that a run makes for people."""
        return [path for stage in self.stages for path in stage.products()]

    def parts(self) -> list[str]:
        """The products of which the pages about the run as a whole are made."""
        closing = set(self.report.closing())
        return [path for path in self.products() if path not in closing]

    def targets(self, stage: StageLayout) -> list[str]:
        """The files that `snakemake <stage>` makes; of acquire, those that other stages read."""
        if stage.name != "acquire":
            return stage.targets()
        reads = dict.fromkeys(path for other in self.stages for path in other.reads())
        return [path for path in reads if stage.is_download(path)]


def _layout(name: str) -> type[StageLayout]:
    """The class `Layout` of `bioscan.<name>.layout`, or one of the stage's artefacts alone."""
    if find_spec(f"bioscan.{name}.layout") is None:
        return type("Layout", (StageLayout,), {"name": name})
    return import_module(f"bioscan.{name}.layout").Layout
