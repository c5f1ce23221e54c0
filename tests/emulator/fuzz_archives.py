"""Archives bred by coverage: atheris changes good ones wherever that leads to code not yet seen.

    .venv/bin/pip install atheris
    .venv/bin/python -m tests.emulator.fuzz_archives -max_total_time=600

Options are libFuzzer's. It ends at the first archive that is unpacked outside its folder, leaves
something behind, raises anything but a refusal, takes 10 s or 1 GB; that archive becomes a test.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tarfile", "zipfile", "aios_nb.emulator.engine"]):
    import tarfile  # noqa: F401 - to be watched, too
    import zipfile  # noqa: F401

    from aios_nb.emulator.engine import archives, decompression  # noqa: F401

from .engine.archive_files import SEEDS, holds, link, tarred

# Of a compressed archive, chance changes what is inside as well.
SHELLS: tuple[Callable[[bytes], bytes], ...] = (
    bytes,
    lambda data: gzip.compress(data, 1),
    lambda data: bz2.compress(data, 1),
    lambda data: lzma.compress(data, preset=0),
)
LINKED = tarred(("code/function.py", b"pass"), (link("code/b", "function.py"), b""), mode="w:")


def try_one(data: bytes) -> None:
    """Unpack what libFuzzer made; the first byte chooses what is wrapped around it."""
    if data:
        holds(SHELLS[data[0] % len(SHELLS)](data[1:]))


def main() -> None:
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate([*SEEDS, LINKED]):
            for shell in range(len(SHELLS)):
                Path(corpus, f"{number}-{shell}").write_bytes(bytes([shell]) + seed)
        limits = ["-timeout=10", "-rss_limit_mb=1024", "-max_len=65536", "-use_value_profile=1"]
        atheris.Setup([sys.argv[0], *limits, *sys.argv[1:], corpus], try_one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
