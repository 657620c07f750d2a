"""Labels get their codes of SNOMED CT by the names that apps of MONAI Label use, or are refused in words."""

from __future__ import annotations

import pytest
from pydicom.sr.codedict import codes

from maia_hub.core.errors import InvalidInput
from maia_hub.imaging import Code, Label
from maia_hub.monailabel.labels.naming import coded, known


@pytest.mark.parametrize(
    ("name", "value", "side"),
    [
        ("spleen", "78961009", ""),
        ("Left_Atrium", "82471001", ""),
        ("right kidney", "64033007", "Right"),
        ("lung left", "39607008", "Left"),
        ("left clavicle", "51299004", "Left"),
        ("urinary bladder", "89837001", ""),
        ("L1", "66794005", ""),
        ("gas", "74947009", ""),
        ("tumour", "108369006", ""),
    ],
)
def test_names_bring_their_codes(name: str, value: str, side: str) -> None:
    found = coded({1: name})[1]
    assert (found.name, found.kind.value, found.kind.scheme) == (name, value, "SCT")
    assert (found.side.meaning if found.side else "") == side
    assert found.category.value in {
        code.value for code in map(codes.cid7150.__getattr__, codes.cid7150.dir())
    }


def test_a_background_stands_for_nothing() -> None:
    assert list(coded({0: "air", 1: "background", 2: "liver"})) == [2]


def test_an_unknown_name_is_refused_with_what_is_near_it() -> None:
    with pytest.raises(InvalidInput, match="No code of SNOMED CT is known for 'splen'") as caught:
        coded({1: "liver", 2: "splen"})
    assert "spleen" in str(caught.value.allowed)


@pytest.mark.parametrize("name", ["", "left", "left left kidney", "right left atrium", "x" * 80, "tissue 7"])
def test_what_is_no_name_is_none(name: str) -> None:
    assert known(name) is None


def test_a_name_with_a_code_is_taken_as_it_is() -> None:
    given = Label("my thing", Code("1234", "Thing", "99SITE"))
    assert coded({5: given}) == {5: given}
