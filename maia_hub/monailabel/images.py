"""The images that MONAI Label is given: a folder, or an address of DICOMweb with a token in a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from maia_hub.core.errors import InvalidInput

MODALITIES = ("CT", "MR", "PT", "NM", "US", "CR", "DX", "MG", "XA")
"""Those of images. MONAI Label by itself asks for CT alone, and shows no MR study."""
RELAYED = "images"
"""Below the door to a MONAI Label: the project's images, for a viewer that cannot ask them where they are."""


@dataclass(frozen=True, slots=True)
class Images:
    """Where they are; a folder has no ``token`` and no ``modalities``."""

    where: str
    token: Path | None = None
    modalities: tuple[str, ...] = ()

    @property
    def remote(self) -> bool:
        """Tell whether they are asked for by DICOMweb."""
        return bool(self.modalities)


def images(where: str, token: Path | None = None, modalities: tuple[str, ...] = MODALITIES) -> Images:
    """Return the images of a folder or of an address.

    Raises:
        InvalidInput: neither is there, or a secret stands in the address.
    """
    if "://" not in where:
        return _folder(where, token)
    parts = urlsplit(where)
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidInput(
            "The address holds more than an address, which may be a secret that others would see.",
            allowed="http(s)://HOST/PATH",
            advice="Put the token into a file that only you may read, and name that file.",
        )
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise InvalidInput(
            "This is no address of DICOMweb.", given=where[:200], allowed="http(s)://HOST/PATH"
        )
    if token is not None and not token.is_file():
        raise InvalidInput("There is no such file with a token.", given=str(token))
    return Images(where.rstrip("/"), token.resolve() if token else None, modalities)


def _folder(where: str, token: Path | None) -> Images:
    folder = Path(where).expanduser()
    if token is not None:
        raise InvalidInput("A folder needs no token.", given=str(folder))
    if not folder.is_dir():
        raise InvalidInput("There is no such folder of images.", given=str(folder))
    return Images(str(folder.resolve()))
