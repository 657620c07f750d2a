"""Text that a shell would make something of, and what makes more of it by chance."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "$(touch PWNED)",
    "`touch PWNED`",
    "; touch PWNED #",
    "\n#SBATCH --comment=evil\ntouch PWNED\n",
    "--wrap=evil",
    "-",
    "--",
    "'",
    '"',
    "\\",
    "$HOME",
    "${IFS}",
    "~",
    "*",
    "!!",
    "&&",
    "|",
    " ",
    "\t",
    "\n",
    "\r",
    "é",
    "\u2028",
    "=",
    "A=1",
    "%j",
    "if",
    "eval",
    "exit",
)

argument = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=6).map(
    lambda pieces: "".join(pieces).encode(errors="ignore").decode().replace("\0", "")
)
line = argument.map(
    lambda value: "".join(each for each in value if each == "\t" or (each >= " " and each != "\x7f"))
)
