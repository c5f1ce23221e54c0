"""The encoder of all-MiniLM-L6-v2 in numpy: a text in, a vector of length 1 out.

Layers and embeddings are BERT's (Devlin et al. 2019, arXiv:1810.04805), with the attention of
Vaswani et al. 2017 (arXiv:1706.03762); the mean over all tokens and the length of 1 are
Sentence-BERT's (Reimers & Gurevych 2019, arXiv:1908.10084). So the scalar product of two vectors is
their cosine. Each text is computed alone: none needs padding or a mask, and none changes another.
"""

from __future__ import annotations

from typing import Any

import numpy as np

HEADS, EPSILON = 12, 1e-12  # config.json of the model: num_attention_heads, layer_norm_eps
Array = np.ndarray[Any, np.dtype[Any]]  # of float32


class Encoder:
    """Turns texts into vectors, with the tokenizer and the weights of the model."""

    def __init__(self, tokenizer: Any, weights: dict[str, Array]) -> None:
        self.tokenizer, self.weights = tokenizer, weights
        names = [k for k in weights if k.endswith("intermediate.dense.weight")]
        self.layers = [f"encoder.layer.{n}" for n in range(len(names))]

    def encode(self, text: str) -> Array:
        """Return the vector of a text: 384 numbers, of length 1."""
        x = self.embed(self.tokenizer.encode(text).ids)
        for layer in self.layers:
            x = self.norm(x + self.attend(x, layer), f"{layer}.attention.output")
            inner = gelu(self.dense(x, f"{layer}.intermediate"))
            x = self.norm(x + self.dense(inner, f"{layer}.output"), f"{layer}.output")
        mean = x.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def embed(self, tokens: list[int]) -> Array:
        words, positions, types = (
            self.weights[f"embeddings.{kind}_embeddings.weight"]
            for kind in ("word", "position", "token_type")
        )
        return self.norm(words[tokens] + positions[: len(tokens)] + types[0], "embeddings")

    def attend(self, x: Array, layer: str) -> Array:
        """Return softmax(QKᵀ/√d)V of all heads (Vaswani et al. 2017, equation 1), mixed."""
        q, k, v = (
            self.dense(x, f"{layer}.attention.self.{part}", inner="")
            .reshape(len(x), HEADS, -1)
            .swapaxes(0, 1)
            for part in ("query", "key", "value")
        )
        scores = q @ k.swapaxes(1, 2) / np.float32(np.sqrt(q.shape[-1]))
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = shares / shares.sum(axis=-1, keepdims=True) @ v
        return self.dense(mixed.swapaxes(0, 1).reshape(x.shape), f"{layer}.attention.output")

    def dense(self, x: Array, name: str, *, inner: str = ".dense") -> Array:
        return x @ self.weights[f"{name}{inner}.weight"].T + self.weights[f"{name}{inner}.bias"]

    def norm(self, x: Array, name: str) -> Array:
        """Return each row with mean 0 and variance 1, scaled (Ba et al. 2016, arXiv:1607.06450)."""
        centred = x - x.mean(axis=-1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=-1, keepdims=True) + np.float32(EPSILON))
        scale, shift = (self.weights[f"{name}.LayerNorm.{part}"] for part in ("weight", "bias"))
        return centred / spread * scale + shift


def gelu(x: Array) -> Array:
    """Return x·Φ(x) (Hendrycks & Gimpel 2016, arXiv:1606.08415)."""
    return x * 0.5 * (1 + erf(x * np.float32(np.sqrt(0.5))))


def erf(x: Array) -> Array:
    """Return the error function, which numpy lacks, to 1e-6 (Abramowitz & Stegun, 7.1.26)."""
    t = 1 / (1 + np.float32(0.3275911) * np.abs(x))
    series = np.zeros_like(x)
    for a in (1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592):
        series = (series + np.float32(a)) * t
    return np.sign(x) * (1 - series * np.exp(-(x**2)))
