"""The looks of a simulated arthropod: traits inherited along the taxonomic tree.

A phenotype is some forty numbers (`Phenotype`): proportions of the body, wings, legs and antennae,
colours and patterns. They result from a random walk down the specimen's lineage, from phylum to
species:

1. The walk starts from `GENERIC`, a plain six-legged animal.
2. A name with well-known looks (`ARCHETYPES`: classes, orders and some frequent families) sets the
   traits that it is known for. The values are coarse readings of identification keys, chosen to be
   distinguishable at about 100 pixels, not to be exact.
3. Every name from the order down adds one Gaussian step to each trait. The seed of the step is a
   hash of (seed, names down to here), so two specimens share the steps of all their common
   ancestors and nothing else. `RANK_STEPS` makes the family's step the largest: families are
   distinguishable, and relatives look alike. A missing rank adds no step.

Lengths take multiplicative steps, fractions and colours additive steps, each then clipped to its
range in `TRAITS`. Counts (pairs of wings, pairs of legs, tails) take no steps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

#: Size of one step at each rank of a lineage, in units of a trait's own step.
RANK_STEPS = {
    "phylum": 0.0,
    "class": 0.0,
    "order": 0.4,
    "family": 1.0,
    "subfamily": 0.4,
    "genus": 0.3,
    "species": 0.15,
}


@dataclass(frozen=True)
class Phenotype:
    """The visible traits of a taxon.

    Lengths are fractions of `body_length` unless said otherwise; shares, opacities and strengths
    lie in 0..1; hues are in turns (0 red, 0.11 tan, 0.33 green), saturation and value in 0..1.
    """

    body_length: float  # mm, from the head to the tip of the abdomen
    head_length: float
    head_width: float
    thorax_length: float
    thorax_width: float
    abdomen_width: float  # its length is 1 minus those of head and thorax
    abdomen_taper: float  # 0 rounded, 1 pointed
    waist: float  # 0 broadly joined, 1 a thin stalk (wasps, ants)
    tails: int  # cerci, tail filaments, forceps, ovipositor
    tail_length: float
    wing_pairs: int
    wing_length: float
    wing_width: float  # of its own length
    wing_spread: float  # degrees from the body axis, 0 folded back, 90 spread
    wing_opacity: float
    wing_hue: float
    wing_saturation: float
    wing_value: float
    veins: float  # strength of the venation
    wing_pattern: float  # strength of spots and bands
    wing_fringe: float  # hairs of the margin
    elytra: float  # above 0.5 the fore wings are hard covers on the abdomen
    leg_pairs: int
    leg_length: float
    leg_width: float
    hind_leg: float  # hind legs' length over the others'
    antenna_length: float
    antenna_width: float
    antenna_club: float
    antenna_comb: float  # side branches: pectinate, plumose
    eye_size: float  # of the head's width
    eye_hue: float
    eye_value: float
    body_hue: float
    body_saturation: float
    body_value: float
    head_contrast: float  # value of the head over the thorax's, minus 1
    abdomen_contrast: float  # the same for the abdomen
    abdomen_hue_shift: float
    leg_contrast: float  # the same for the legs
    bands: float  # strength of the abdomen's cross bands
    band_count: float
    stripes: float  # strength of the thorax's lengthwise stripes
    mottling: float
    gloss: float
    bristles: float


@dataclass(frozen=True)
class Trait:
    """The random walk of one trait.

    Attributes:
        start: value at the root.
        step: standard deviation of the step of a family.
        low, high: range.
        multiplies: whether steps are multiplicative.
    """

    start: float
    step: float
    low: float
    high: float
    multiplies: bool = False

    def walked(self, value: float, step: float) -> float:
        """`value` after a step of `step` standard deviations."""
        moved = value * np.exp(step * self.step) if self.multiplies else value + step * self.step
        return float(np.clip(moved, self.low, self.high))


def _length(start: float, step: float, low: float, high: float) -> Trait:
    return Trait(start, step, low, high, multiplies=True)


TRAITS = {
    "body_length": _length(1.6, 0.25, 0.3, 5.5),
    "head_length": _length(0.16, 0.10, 0.08, 0.35),
    "head_width": _length(0.18, 0.12, 0.08, 0.5),
    "thorax_length": _length(0.32, 0.10, 0.15, 0.55),
    "thorax_width": _length(0.23, 0.16, 0.10, 0.7),
    "abdomen_width": _length(0.23, 0.22, 0.08, 0.8),
    "abdomen_taper": Trait(0.35, 0.18, 0.0, 0.95),
    "waist": Trait(0.1, 0.04, 0.0, 1.0),
    "tail_length": _length(0.2, 0.25, 0.03, 1.5),
    "wing_length": _length(0.9, 0.14, 0.3, 1.6),
    "wing_width": _length(0.36, 0.16, 0.08, 0.75),
    "wing_spread": Trait(40, 12, 4, 100),
    "wing_opacity": Trait(0.22, 0.05, 0.10, 1.0),
    "wing_hue": Trait(0.10, 0.02, 0.0, 1.0),
    "wing_saturation": Trait(0.12, 0.06, 0.0, 0.9),
    "wing_value": Trait(0.55, 0.10, 0.08, 0.95),
    "veins": Trait(0.4, 0.15, 0.05, 0.9),
    "wing_pattern": Trait(0.05, 0.16, 0.0, 0.9),
    "wing_fringe": Trait(0.0, 0.05, 0.0, 1.0),
    "elytra": Trait(0.0, 0.05, 0.0, 1.0),
    "leg_length": _length(0.65, 0.20, 0.15, 2.5),
    "leg_width": _length(0.030, 0.20, 0.010, 0.08),
    "hind_leg": _length(1.1, 0.06, 0.8, 2.4),
    "antenna_length": _length(0.4, 0.30, 0.04, 2.5),
    "antenna_width": _length(0.014, 0.2, 0.006, 0.05),
    "antenna_club": Trait(0.1, 0.15, 0.0, 1.0),
    "antenna_comb": Trait(0.0, 0.12, 0.0, 1.0),
    "eye_size": Trait(0.45, 0.08, 0.1, 0.75),
    "eye_hue": Trait(0.02, 0.02, 0.0, 1.0),
    "eye_value": Trait(0.15, 0.07, 0.04, 0.5),
    "body_hue": Trait(0.09, 0.016, 0.0, 0.70),
    "body_saturation": Trait(0.38, 0.10, 0.05, 0.75),
    "body_value": Trait(0.52, 0.17, 0.08, 0.93),
    "head_contrast": Trait(-0.1, 0.15, -0.6, 0.5),
    "abdomen_contrast": Trait(0.05, 0.22, -0.6, 0.9),
    "abdomen_hue_shift": Trait(0.0, 0.015, -0.08, 0.12),
    "leg_contrast": Trait(0.25, 0.22, -0.5, 1.0),
    "bands": Trait(0.25, 0.2, 0.0, 0.9),
    "band_count": Trait(6.0, 0.6, 4.0, 10.0),
    "stripes": Trait(0.1, 0.18, 0.0, 0.8),
    "mottling": Trait(0.5, 0.12, 0.15, 1.0),
    "gloss": Trait(0.3, 0.12, 0.0, 1.0),
    "bristles": Trait(0.15, 0.15, 0.0, 1.0),
}
COUNTS = {"wing_pairs": 1, "leg_pairs": 3, "tails": 0}  # starts; these take no steps
GENERIC: dict[str, float] = {name: trait.start for name, trait in TRAITS.items()} | COUNTS

_WINGLESS = {"wing_pairs": 0}
_MITE = {
    "leg_pairs": 4, "body_length": 0.6, "head_length": 0.1, "head_width": 0.16,
    "thorax_length": 0.3, "thorax_width": 0.5, "abdomen_width": 0.62, "abdomen_taper": 0.0,
    "leg_length": 0.4, "leg_width": 0.05, "antenna_length": 0.05, "eye_size": 0.1,
    "body_hue": 0.06, "body_value": 0.5, "gloss": 0.6, "bands": 0.0,
}  # fmt: skip

#: Traits that a name is known for; the walk sets them when it reaches that name.
ARCHETYPES: dict[str, dict[str, float]] = {
    "Arachnida": _WINGLESS | {"leg_pairs": 4, "antenna_length": 0.06},
    "Collembola": _WINGLESS | {
        "body_length": 1.1, "leg_length": 0.3, "eye_size": 0.15, "antenna_length": 0.35,
        "antenna_width": 0.025, "body_value": 0.5, "mottling": 0.5, "tails": 2, "tail_length": 0.2,
        "thorax_width": 0.18, "abdomen_width": 0.22,
    },
    "Entomobryomorpha": {"thorax_width": 0.16, "abdomen_width": 0.2, "bands": 0.4},
    "Symphypleona": {
        "body_length": 0.7, "abdomen_width": 0.5, "thorax_width": 0.4, "head_width": 0.28,
        "head_length": 0.26,
    },
    "Poduromorpha": {"antenna_length": 0.12, "body_hue": 0.65, "body_saturation": 0.3},
    "Araneae": {
        "body_length": 2.0, "head_length": 0.08, "head_width": 0.2, "thorax_length": 0.36,
        "thorax_width": 0.33, "abdomen_width": 0.42, "abdomen_taper": 0.2, "waist": 0.7,
        "leg_length": 1.2, "leg_width": 0.05, "eye_size": 0.15, "bristles": 0.4, "tails": 2,
        "tail_length": 0.06, "bands": 0.1, "mottling": 0.5,
    },
    "Opiliones": {"thorax_width": 0.5, "abdomen_width": 0.5, "leg_length": 2.2, "leg_width": 0.02},
    "Trombidiformes": _MITE | {"body_hue": 0.03, "body_saturation": 0.6, "abdomen_width": 0.55},
    "Sarcoptiformes": _MITE | {"body_value": 0.22, "gloss": 0.9, "leg_length": 0.25},
    "Mesostigmata": _MITE | {"body_hue": 0.08, "body_value": 0.55, "leg_length": 0.55},
    "Diptera": {"body_length": 1.4, "wing_pairs": 1, "thorax_width": 0.27, "head_width": 0.2},
    "Hymenoptera": {
        "body_length": 1.5, "wing_pairs": 2, "waist": 0.75, "abdomen_taper": 0.6,
        "head_width": 0.22,
        "antenna_length": 0.55, "antenna_width": 0.022, "antenna_club": 0.35, "body_value": 0.22,
        "body_hue": 0.06, "wing_opacity": 0.16, "veins": 0.2, "leg_contrast": 0.7, "gloss": 0.5,
        "bands": 0.15, "wing_length": 0.8, "eye_size": 0.36,
    },
    "Coleoptera": {
        "body_length": 2.2, "elytra": 1.0, "wing_pairs": 1, "wing_opacity": 1.0,
        "abdomen_width": 0.42, "thorax_width": 0.36, "thorax_length": 0.24, "head_width": 0.24,
        "leg_length": 0.38, "leg_width": 0.045, "antenna_length": 0.28, "antenna_club": 0.6,
        "antenna_width": 0.022, "body_value": 0.28, "body_hue": 0.06, "gloss": 0.8, "bands": 0.0,
        "eye_size": 0.25, "wing_value": 0.28, "wing_saturation": 0.5,
    },
    "Hemiptera": {
        "body_length": 2.0, "wing_pairs": 2, "wing_spread": 12, "wing_opacity": 0.5,
        "wing_width": 0.3, "wing_length": 0.75, "head_width": 0.3, "head_length": 0.12,
        "thorax_width": 0.32, "abdomen_width": 0.3, "abdomen_taper": 0.7, "body_hue": 0.17,
        "body_saturation": 0.5, "body_value": 0.72, "antenna_length": 0.2, "leg_length": 0.5,
        "wing_hue": 0.16, "wing_saturation": 0.3, "wing_value": 0.7, "eye_size": 0.35,
        "eye_value": 0.25,
    },
    "Lepidoptera": {
        "body_length": 3.0, "wing_pairs": 2, "wing_spread": 15, "wing_opacity": 0.93,
        "wing_pattern": 0.5, "wing_width": 0.3, "wing_length": 0.85, "wing_fringe": 0.6,
        "wing_value": 0.55, "wing_saturation": 0.35, "veins": 0.1, "antenna_length": 0.7,
        "body_value": 0.6, "mottling": 0.5, "gloss": 0.05, "leg_length": 0.55, "stripes": 0.3,
    },
    "Trichoptera": {
        "body_length": 3.0, "wing_pairs": 2, "wing_spread": 12, "wing_opacity": 0.75,
        "wing_value": 0.4, "wing_saturation": 0.3, "wing_length": 1.05, "wing_width": 0.28,
        "antenna_length": 1.2, "veins": 0.5, "wing_fringe": 0.4, "gloss": 0.1,
    },
    "Psocodea": {
        "body_length": 1.5, "wing_pairs": 2, "wing_spread": 22, "wing_opacity": 0.25, "veins": 0.65,
        "head_width": 0.3, "head_length": 0.2, "antenna_length": 0.9, "body_value": 0.75,
        "body_saturation": 0.3, "abdomen_width": 0.32, "eye_size": 0.3, "wing_length": 1.05,
    },
    "Thysanoptera": {
        "body_length": 1.1, "wing_pairs": 2, "wing_width": 0.09, "wing_fringe": 1.0,
        "wing_length": 0.55, "wing_spread": 14, "head_width": 0.11, "thorax_width": 0.15,
        "abdomen_width": 0.16, "abdomen_taper": 0.9, "leg_length": 0.22, "antenna_length": 0.2,
        "antenna_width": 0.02, "body_value": 0.3, "bands": 0.5, "veins": 0.1, "eye_size": 0.3,
        "band_count": 8.0, "tails": 1, "tail_length": 0.08,
    },
    "Orthoptera": {
        "body_length": 4.0, "wing_pairs": 0, "hind_leg": 2.1, "leg_length": 0.7, "leg_width": 0.045,
        "antenna_length": 1.0, "body_hue": 0.15, "body_value": 0.65, "mottling": 0.6, "tails": 2,
        "tail_length": 0.12, "abdomen_width": 0.24, "head_width": 0.22,
    },
    "Blattodea": {
        "body_length": 3.4, "wing_pairs": 0, "thorax_width": 0.42, "abdomen_width": 0.45,
        "head_width": 0.22, "leg_length": 0.55, "leg_width": 0.05, "antenna_length": 1.0,
        "body_value": 0.3, "body_saturation": 0.6, "bands": 0.7, "gloss": 0.7, "tails": 2,
        "tail_length": 0.16, "antenna_width": 0.02,
    },
    "Neuroptera": {
        "body_length": 3.2, "wing_pairs": 2, "wing_spread": 25, "wing_opacity": 0.2, "veins": 0.9,
        "wing_length": 1.25, "wing_width": 0.36, "body_hue": 0.2, "antenna_length": 0.9,
        "body_value": 0.6,
    },
    "Ephemeroptera": {
        "body_length": 3.0, "wing_pairs": 1, "wing_spread": 60, "tails": 3, "tail_length": 1.1,
        "antenna_length": 0.08, "wing_width": 0.5, "veins": 0.7, "eye_size": 0.6,
        "abdomen_width": 0.14,
    },
    "Dermaptera": {
        "body_length": 4.2, "wing_pairs": 0, "tails": 2, "tail_length": 0.25, "body_value": 0.3,
        "body_saturation": 0.6, "gloss": 0.8, "abdomen_taper": 0.0, "leg_length": 0.35,
        "antenna_length": 0.5,
    },
    "Archaeognatha": _WINGLESS | {
        "body_length": 4.0, "tails": 3, "tail_length": 0.8, "antenna_length": 0.9,
        "abdomen_taper": 0.9, "mottling": 0.8, "leg_length": 0.3,
    },
    "Zygentoma": _WINGLESS | {"tails": 3, "tail_length": 0.6, "abdomen_taper": 0.9, "gloss": 0.6},
    "Plecoptera": {
        "body_length": 4.0, "wing_pairs": 2, "wing_spread": 8, "wing_length": 0.95, "tails": 2,
        "tail_length": 0.3, "veins": 0.8, "wing_opacity": 0.4, "body_value": 0.3,
        "antenna_length": 0.8,
    },
    "Embioptera": _WINGLESS | {
        "body_length": 4.0, "thorax_width": 0.14, "abdomen_width": 0.13, "leg_length": 0.3,
        "leg_width": 0.05, "body_value": 0.4, "tails": 2, "tail_length": 0.08,
    },
    "Siphonaptera": _WINGLESS | {
        "body_length": 1.8, "hind_leg": 1.6, "abdomen_width": 0.5, "thorax_width": 0.4,
        "head_width": 0.28, "body_hue": 0.05, "body_saturation": 0.7, "body_value": 0.35,
        "bands": 0.6, "bristles": 0.6, "antenna_length": 0.05, "gloss": 0.8,
    },
    "Strepsiptera": {
        "body_length": 1.6, "wing_width": 0.7, "wing_length": 0.8, "wing_spread": 70, "veins": 0.3,
        "antenna_comb": 0.7, "eye_size": 0.7, "body_value": 0.15,
    },
    "Zoraptera": _WINGLESS | {
        "body_length": 2.2, "body_value": 0.4, "antenna_width": 0.03, "antenna_length": 0.45,
        "abdomen_width": 0.3, "leg_width": 0.05, "leg_length": 0.4,
    },
    # Frequent families with looks of their own.
    "Cecidomyiidae": {
        "body_length": 1.15, "body_value": 0.72, "body_saturation": 0.32, "body_hue": 0.09,
        "wing_length": 1.0, "wing_width": 0.42, "veins": 0.25, "leg_length": 1.05,
        "leg_width": 0.02, "antenna_length": 0.75, "eye_size": 0.62, "eye_value": 0.08,
        "wing_opacity": 0.18, "gloss": 0.1, "leg_contrast": 0.15,
    },
    "Sciaridae": {
        "body_length": 1.7, "body_value": 0.2, "wing_value": 0.35, "wing_opacity": 0.3,
        "abdomen_width": 0.17, "abdomen_taper": 0.7, "leg_contrast": 0.5, "antenna_length": 0.5,
    },
    "Chironomidae": {
        "body_length": 2.1, "thorax_width": 0.24, "abdomen_width": 0.13, "wing_width": 0.27,
        "wing_length": 0.75, "leg_length": 1.05, "leg_width": 0.02, "antenna_comb": 0.5,
        "body_value": 0.5, "stripes": 0.5, "abdomen_taper": 0.2,
    },
    "Ceratopogonidae": {
        "body_length": 1.2, "thorax_width": 0.28, "wing_pattern": 0.4, "body_value": 0.35,
        "antenna_comb": 0.3, "leg_length": 0.75,
    },
    "Phoridae": {
        "body_length": 1.5, "thorax_width": 0.36, "abdomen_width": 0.3, "head_width": 0.22,
        "leg_width": 0.06, "leg_length": 0.7, "antenna_length": 0.08, "body_value": 0.3,
        "bristles": 0.6, "veins": 0.5, "hind_leg": 1.25,
    },
    "Psychodidae": {
        "body_length": 1.4, "wing_fringe": 1.0, "wing_width": 0.5, "wing_opacity": 0.6,
        "wing_spread": 35, "bristles": 0.9, "body_value": 0.5, "mottling": 0.7,
    },
    "Drosophilidae": {
        "body_length": 2.1, "eye_hue": 0.01, "eye_value": 0.45, "abdomen_width": 0.34,
        "thorax_width": 0.34, "body_value": 0.55, "bands": 0.6, "antenna_length": 0.08,
    },
    "Muscidae": {
        "body_length": 3.4, "thorax_width": 0.38, "abdomen_width": 0.38, "body_value": 0.15,
        "bristles": 0.9, "antenna_length": 0.08, "leg_width": 0.05, "leg_contrast": 0.1,
        "body_saturation": 0.2, "head_width": 0.32, "eye_value": 0.25, "stripes": 0.4,
    },
    "Formicidae": {
        "wing_pairs": 0, "waist": 1.0, "head_width": 0.26, "head_length": 0.24,
        "abdomen_width": 0.26, "antenna_length": 0.5, "leg_length": 0.8, "abdomen_taper": 0.3,
    },
    "Aphididae": {
        "wing_spread": 45, "abdomen_width": 0.5, "abdomen_taper": 0.3, "wing_opacity": 0.15,
        "tails": 2, "tail_length": 0.12, "antenna_length": 0.8, "wing_length": 1.2,
    },
}  # fmt: skip


@lru_cache(maxsize=65536)
def _walk(lineage: tuple[str | None, ...], seed: int) -> Phenotype:
    values = dict(GENERIC)
    path = [str(seed)]
    for name, rank_step in zip(lineage, RANK_STEPS.values(), strict=True):
        if name is None:
            continue
        path.append(name)
        values |= ARCHETYPES.get(name, {})
        if rank_step:
            digest = hashlib.blake2b("/".join(path).encode(), digest_size=8).digest()
            rng = np.random.default_rng(int.from_bytes(digest, "big"))
            steps = rank_step * rng.standard_normal(len(TRAITS))
            for (trait_name, trait), step in zip(TRAITS.items(), steps, strict=True):
                values[trait_name] = trait.walked(values[trait_name], step)
    return Phenotype(**values)


def phenotype(lineage: Sequence[str | None], seed: int) -> Phenotype:
    """The looks of a taxon.

    Args:
        lineage: its names from phylum to species; None where it has none.
        seed: of the community.

    Raises:
        ValueError: the lineage does not have seven ranks.
    """
    return _walk(tuple(lineage), seed)
