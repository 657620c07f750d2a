"""Why an object was not stored: the codes that C-STORE (PS3.7) and STOW-RS (PS3.18) have in common."""

from __future__ import annotations

_KNOWN = {
    0x0110: "the server could not process it",
    0x0111: "the server has an object with this UID already",
    0x0112: "the server does not know this object",
    0x0117: "the server finds its UID invalid",
    0x0118: "the server does not know its SOP class",
    0x0122: "the server does not take its SOP class",
    0x0124: "this account may not store it",
    0xA710: "the server's time was up",
    0xC122: "the server does not take its transfer syntax",
    0xC409: "the server found it different from what it has under this UID",
}
_RANGES = (
    (0xA700, 0xA7FF, "the server has no room for it"),
    (0xA900, 0xA9FF, "it is not what its SOP class says"),
    (0xC000, 0xCFFF, "the server cannot understand it"),
)


def reason(code: int | None, said: str = "") -> str:
    """Return why, in plain words, with the code."""
    if code is None:
        return f"the server did not take it{f': {said}' if said else ''}"
    words = _KNOWN.get(code) or next((text for low, high, text in _RANGES if low <= code <= high), None)
    more = f", {said}" if said else ""
    return f"{words or 'the server refused it'} (code {code:04X}{more})"


def is_full(code: int | None) -> bool:
    """Say whether there is no room, for this and for any other."""
    return code is not None and 0xA700 <= code <= 0xA70F
