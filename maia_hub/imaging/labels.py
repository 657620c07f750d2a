"""What the numbers of a mask stand for, in words and in codes, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from maia_hub.core.errors import InvalidInput


@dataclass(frozen=True)
class Code:
    """A concept of a coding scheme: its value there, its meaning in words, and the scheme (SNOMED CT unless said)."""

    value: str
    meaning: str
    scheme: str = "SCT"


ANATOMY = Code("91723000", "Anatomical Structure")
TISSUE = Code("85756007", "Tissue")
SUBSTANCE = Code("91720002", "Body Substance")
ABNORMAL = Code("49755003", "Morphologically Abnormal Structure")
LEFT = Code("7771000", "Left")
RIGHT = Code("24028007", "Right")


@dataclass(frozen=True)
class Label:
    """What one number of a mask stands for.

    ``kind`` is what it is (liver), ``category`` what kind of thing that is (anatomical structure), ``side`` which of
    two. ``color`` is red, green and blue from 0 to 255.
    """

    name: str
    kind: Code = TISSUE
    category: Code = TISSUE
    side: Code | None = None
    color: tuple[int, int, int] | None = None


Labels: TypeAlias = Mapping[int, "Label | str"]
"""What each number of a mask stands for: a label, or its name; a name of `ORGANS` brings its codes."""


@dataclass(frozen=True)
class Person:
    """Somebody who drew a mask; the name as DICOM writes it (``Doe^Jane``) or as it is said.

    ``account`` is what the person signs in as, at ``institution``: names come twice, accounts do not.
    """

    name: str
    account: str = ""
    institution: str = ""


@dataclass(frozen=True)
class Algorithm:
    """A program that made a mask; ``by`` is who had a hand in it, which makes it semi-automatic."""

    name: str
    version: str
    by: Person | None = None


Author: TypeAlias = Person | Algorithm

_ANATOMY = {
    "adrenal gland": ("23451007", "Adrenal gland"),
    "aorta": ("15825003", "Aorta"),
    "bladder": ("89837001", "Bladder"),
    "bone": ("272673000", "Bone"),
    "brain": ("12738006", "Brain"),
    "brain stem": ("119238007", "Brain Stem"),
    "breast": ("76752008", "Breast"),
    "cerebellum": ("113305005", "Cerebellum"),
    "colon": ("71854001", "Colon"),
    "duodenum": ("38848004", "Duodenum"),
    "esophagus": ("32849002", "Esophagus"),
    "eye": ("81745001", "Eye"),
    "femur": ("71341001", "Femur"),
    "gallbladder": ("28231008", "Gallbladder"),
    "heart": ("80891009", "Heart"),
    "hippocampus": ("5366008", "Hippocampus"),
    "inferior vena cava": ("64131007", "Inferior vena cava"),
    "kidney": ("64033007", "Kidney"),
    "liver": ("10200004", "Liver"),
    "lung": ("39607008", "Lung"),
    "lymph node": ("59441001", "Lymph Node"),
    "mandible": ("91609006", "Mandible"),
    "pancreas": ("15776009", "Pancreas"),
    "parotid gland": ("45289007", "Parotid gland"),
    "portal vein": ("32764006", "Portal vein"),
    "prostate": ("41216001", "Prostate"),
    "rectum": ("34402009", "Rectum"),
    "small intestine": ("30315005", "Small intestine"),
    "spinal cord": ("2748008", "Spinal cord"),
    "spleen": ("78961009", "Spleen"),
    "stomach": ("69695003", "Stomach"),
    "thyroid": ("69748006", "Thyroid"),
    "trachea": ("44567001", "Trachea"),
    "uterus": ("35039007", "Uterus"),
    "vertebra": ("51282000", "Vertebra"),
}
_TISSUES = {
    "fat": ("256674009", "Fat"),
    "gray matter": ("389081007", "Gray Matter"),
    "muscle": ("71616004", "Muscle"),
    "skin": ("39937001", "Skin"),
    "white matter": ("389080008", "White Matter"),
}
_ABNORMAL = {
    "cyst": ("367643001", "Cyst"),
    "edema": ("79654002", "Edema"),
    "hemorrhage": ("50960005", "Hemorrhage"),
    "lesion": ("52988006", "Lesion"),
    "mass": ("4147007", "Mass"),
    "necrosis": ("6574001", "Necrosis"),
    "nodule": ("27925004", "Nodule"),
    "tumor": ("108369006", "Tumor"),
}
_OTHER_WORDS = {
    "cerebrospinal fluid": "csf",
    "grey matter": "gray matter",
    "oesophagus": "esophagus",
    "oedema": "edema",
    "haemorrhage": "hemorrhage",
    "tumour": "tumor",
    "urinary bladder": "bladder",
    "brainstem": "brain stem",
}
_PAIRED = ("adrenal gland", "breast", "eye", "femur", "hippocampus", "kidney", "lung", "parotid gland")


def _organs() -> dict[str, Label]:
    found = {"csf": Label("csf", Code("65216001", "Cerebrospinal Fluid"), SUBSTANCE)}
    for table, category in ((_ANATOMY, ANATOMY), (_TISSUES, TISSUE), (_ABNORMAL, ABNORMAL)):
        found |= {name: Label(name, Code(*code), category) for name, code in table.items()}
    for name in _PAIRED:
        for side in (LEFT, RIGHT):
            full = f"{side.meaning.lower()} {name}"
            found[full] = Label(full, found[name].kind, ANATOMY, side)
    return found


ORGANS: Mapping[str, Label] = _organs()
"""Labels that are known by their names, with their codes of SNOMED CT."""


def label(given: Label | str) -> Label:
    """Return a label: of a known organ with its codes, otherwise of a tissue with that name."""
    if isinstance(given, Label):
        return given
    words = given.replace("_", " ").strip()
    known = ORGANS.get(_OTHER_WORDS.get(words.casefold(), words.casefold()))
    return (
        Label(words or "segment") if known is None else Label(words, known.kind, known.category, known.side)
    )


def labelled(given: Labels | None, values: list[int]) -> dict[int, Label]:
    """Return a label for each value of a mask.

    Raises:
        InvalidInput: labels were given and a value has none.
    """
    if given is None:
        return {value: Label(f"label {value}") for value in values}
    missing = [value for value in values if value not in given]
    if missing:
        raise InvalidInput(
            f"the mask holds {', '.join(map(str, missing[:10]))}, which no label stands for",
            given=sorted(given),
            advice="give a label for each value other than 0",
        )
    named = {int(value): label(each) for value, each in given.items()}
    for value, each in named.items():
        if value <= 0 or not each.name or len(each.name) > 64:
            raise InvalidInput(
                f"label {value} ({each.name[:70]!r}) wants a number from 1 and a name up to 64 letters"
            )
    return named
