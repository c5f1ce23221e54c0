"""Decisions on plain dicts: filtering, running policies, selecting, replying."""
