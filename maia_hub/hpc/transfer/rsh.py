"""What rsync here takes for ssh: hands its two streams to whoever holds the connection, and ends as that says.

It runs alone, by its path, and imports nothing of this package: it is started for each file.
"""

import array
import os
import socket
import sys


def main(place: str, arguments: list[str]) -> int:
    """Hand over standard input and output with what rsync wants to run there; return how that ended."""
    with socket.socket(socket.AF_UNIX) as there:
        there.connect(place)
        streams = array.array("i", [0, 1])
        words = b"\0".join(word.encode(errors="surrogateescape") for word in arguments)
        there.sendmsg([words], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, streams)])
        for each in streams:  # so that rsync sees their end when the other side has come to it
            os.close(each)
        said = there.recv(16)
    return int(said or b"255")


if __name__ == "__main__":
    # The first of rsync's words is the host, which is known here already.
    sys.exit(main(sys.argv[1], sys.argv[3:]))
