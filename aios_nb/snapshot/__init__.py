"""A fleet folder from any AIOS: read by public calls, blotted, scrubbed, written as a whole."""

from .taking import Snapshot, take_snapshot

__all__ = ["Snapshot", "take_snapshot"]
