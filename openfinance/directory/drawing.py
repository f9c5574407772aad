"""Draw one SVG from standard input to a PNG on standard output: run as a program of its own."""

import resource
import sys
from typing import Final

import resvg_py

_MEMORY: Final = 1 << 30
_CPU_SECONDS: Final = 10


def main() -> None:
    """Draw within limits that end this process and no other."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Once all is loaded, nothing is to be opened or written to: not even what an SVG names.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    svg = sys.stdin.buffer.read().decode()
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    png = resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True)
    sys.stdout.buffer.write(png)


if __name__ == "__main__":
    main()
