"""Offline AIOS: the services of the guide on loopback, an island of its own."""

from .server import Emulator

__all__ = ["Emulator"]
