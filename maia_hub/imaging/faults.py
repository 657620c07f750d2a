"""What is wrong with images, said with the file, the object and the tag it is wrong in."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from maia_hub.core.errors import InvalidInput

TAGS = {
    "BitsAllocated": "(0028,0100)",
    "Columns": "(0028,0011)",
    "FrameOfReferenceUID": "(0020,0052)",
    "ImageOrientationPatient": "(0020,0037)",
    "ImagePositionPatient": "(0020,0032)",
    "ImageType": "(0008,0008)",
    "ModalityLUTSequence": "(0028,3000)",
    "NumberOfFrames": "(0028,0008)",
    "PixelData": "(7FE0,0010)",
    "PixelSpacing": "(0028,0030)",
    "RescaleSlope": "(0028,1053)",
    "Rows": "(0028,0010)",
    "SOPClassUID": "(0008,0016)",
    "SOPInstanceUID": "(0008,0018)",
    "SamplesPerPixel": "(0028,0002)",
    "SeriesInstanceUID": "(0020,000E)",
    "SpecificCharacterSet": "(0008,0005)",
    "TransferSyntaxUID": "(0002,0010)",
}
"""The numbers of the attributes that faults are found in."""


class BadImage(InvalidInput):
    """A file or object that cannot be used; ``details`` has ``fault``, ``file``, ``sop``, ``frame``, ``tag``."""

    code = "bad-image"
    title = "That image cannot be used"


class BadGeometry(BadImage):
    """Planes that do not make up one regular volume; ``details`` as of `BadImage`, with ``position`` (mm, LPS)."""

    code = "bad-geometry"
    title = "These slices do not make up a volume"


@dataclass(frozen=True)
class Source:
    """Where a plane comes from: a file, the object in it, and the frame of the object (from 1) if it has several."""

    path: Path | None = None
    sop: str = ""
    frame: int | None = None

    def __str__(self) -> str:
        name = self.path.name if self.path else "an object"
        frame = f" frame {self.frame}" if self.frame else ""
        return f"{name}{frame} ({self.sop})" if self.sop else f"{name}{frame}"

    def details(self) -> dict[str, object]:
        """Return it for the details of an error."""
        return {"file": str(self.path) if self.path else None, "sop": self.sop, "frame": self.frame}


def tagged(keyword: str) -> str:
    """Return an attribute's keyword with its number."""
    return f"{keyword} {TAGS[keyword]}" if keyword in TAGS else keyword


def bad_image(source: Source, fault: str, message: str, tag: str = "", advice: str | None = None) -> BadImage:
    """Return what is wrong with one file or object."""
    details = {"fault": fault, "tag": tagged(tag) if tag else None, **source.details()}
    return BadImage(f"{source}: {message}", advice=advice, details=details)
