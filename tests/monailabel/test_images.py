"""The images for MONAI Label: a folder, or an address that holds no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from maia_hub.core.errors import InvalidInput
from maia_hub.monailabel.images import MODALITIES, images


def test_a_folder_is_named_whole_and_an_address_asks_for_every_modality(tmp_path: Path) -> None:
    folder = images(str(tmp_path))
    assert folder.where == str(tmp_path)
    assert not folder.remote
    token = tmp_path / "token"
    token.write_text("secret")
    remote = images("https://images.example/dicom-web/", token)
    assert (remote.where, remote.token) == ("https://images.example/dicom-web", token)
    assert remote.modalities == MODALITIES
    assert "MR" in remote.modalities


@pytest.mark.parametrize(
    "address",
    ["https://ada:word@images.example/dicom-web", "https://images.example/dicom-web?token=word"],
    ids=["login", "query"],
)
def test_a_secret_in_an_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        images(address)
    assert "word" not in f"{refused.value.message}{refused.value.given}{refused.value.advice}"


def test_what_is_neither_is_refused(tmp_path: Path) -> None:
    for where, token in [
        (str(tmp_path / "nowhere"), None),
        ("ftp://images.example/x", None),
        ("https:///x", None),
        ("https://images.example/x", tmp_path / "nowhere"),
        (str(tmp_path), tmp_path / "token"),
    ]:
        with pytest.raises(InvalidInput):
            images(where, token)
