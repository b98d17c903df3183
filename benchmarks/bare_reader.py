"""The baseline of a scan, a process of its own: reads a serial line, answers each Enter with one byte on its output."""

import os
import sys

ENTER = b"\r"
READ_BYTES = 4096


def main(port: str) -> None:
    """Reads until its output is closed."""
    line = os.open(port, os.O_RDONLY | os.O_NOCTTY)
    os.write(1, ENTER)
    while data := os.read(line, READ_BYTES):
        if ENTER in data:
            os.write(1, ENTER)


if __name__ == "__main__":
    main(sys.argv[1])
