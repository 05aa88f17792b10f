"""The packages of each dataset."""

from typing import Any

from bioscan.core.run import PACK_INDEX, StageLayout


class Layout(StageLayout):
    name = "image"

    PACK = "{dataset}/packs/{package}/{shard}.h5"
    CONTENTS = "{dataset}/packs/contents/{shard}.parquet"
    INDEX = PACK_INDEX
    QUARANTINE = "{dataset}/packs/quarantine/{shard}.parquet"

    #: Of a package that a dataset comes in, whose images are copied.
    COPIED_CONTENTS = "{dataset}/packs/{package}/contents/{shard}.parquet"
    COPIED_QUARANTINE = "{dataset}/packs/{package}/quarantine/{shard}.parquet"

    #: Figures of images by their labels, which need no boxes; and one that needs annotated images.
    EXAMPLES = (
        "bioscan1m_figure4",
        "bioscan5m_figure2",
        "bioscan5m_figureA4",
        "bioscan5m_figureA5",
    )
    DETECTIONS = "bioscan1m_figureA10"

    def products(self) -> list[str]:
        """The index of each package and the contents of each shard's packs; and figures of crops.

        Packs that are deleted to free space are not made again. Those of a job that failed are, as
        Snakemake has removed the contents with them.
        """
        files = []
        for dataset in self.run.studied:
            packages = self.run.packages(dataset)
            files += [self.index(dataset, package) for package in packages]
            # All packages that are made here share the contents of a shard.
            files += dict.fromkeys(
                path for package in packages for path in self.contents(dataset, package)
            )
            files += [self.artefact_path(name, dataset) for name in self.figures(dataset)]
        return files

    def figures(self, dataset: str) -> list[str]:
        """The figures of a dataset: those of boxes where it is cropped here, examples of images."""
        names = self.run.artefacts.names(self.name, format=self.run.datasets[dataset]["format"])
        is_cropped = dataset in self.run.cropped
        if not is_cropped:
            return [name for name in names if name in self.EXAMPLES and self.run.packages(dataset)]
        is_evaluated = bool(self.run.config["detect"]["evaluate_on"])
        return [name for name in names if name != self.DETECTIONS or is_evaluated]

    def drawn_indices(self, dataset: str) -> list[str]:
        """The index of the package that examples are drawn from, whole images first; then others.

        Specimens that are in all packages show an organism: empty wells have no crop.
        """
        preferred = "original_256", "cropped_256"
        packages = self.run.packages(dataset)
        first = [name for name in preferred if name in packages]
        return [self.index(dataset, name) for name in dict.fromkeys([*first, *packages])]

    def targets(self) -> list[str]:
        """The packs too."""
        return self.products() + [
            path
            for dataset in self.run.datasets
            for package in self.run.packages(dataset)
            for path in self._of_shards(self.PACK, dataset, package=package)
        ]

    def index(self, dataset: str, package: str) -> str:
        return self.run.path(self.INDEX, dataset=dataset, package=package)

    def contents(self, dataset: str, package: str) -> list[str]:
        """The tables of contents of the shards of a package."""
        pattern = self.CONTENTS if dataset in self.run.cropped else self.COPIED_CONTENTS
        return self._of_shards(pattern, dataset, package=package)

    def quarantine(self, dataset: str) -> dict[str, str]:
        """Tables of the images that are in no pack, or not in all → what they are of."""
        if dataset in self.run.cropped:
            return dict.fromkeys(self._of_shards(self.QUARANTINE, dataset), "crop")
        return {
            path: package
            for package in self.run.packages(dataset)
            for path in self._of_shards(self.COPIED_QUARANTINE, dataset, package=package)
        }

    def cropping(self, sheet: str) -> dict[str, Any]:
        """The settings that a sheet of images depends on."""
        keys = () if sheet == "quarantined" else ("ratio", "fill", "aspect", "rotate")
        return {key: self.run.config["image"][key] for key in keys}

    def _of_shards(self, pattern: str, dataset: str, **names: str) -> list[str]:
        shards = self.run.shards(dataset)
        return [self.run.path(pattern, dataset=dataset, shard=n, **names) for n in shards]
