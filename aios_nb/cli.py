"""The ``aios-nb`` command: what a reader can do without opening a notebook."""

from __future__ import annotations

import importlib
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import click


class _LazyGroup(click.Group):
    """Commands that live in modules of their own, imported when asked for."""

    LAZY: ClassVar = {
        "doctor": ("doctor_command", "Find what keeps the lessons from running here."),
        "lint": ("lint_command", "Say what AIOS would misread in payloads and policies."),
        "smoke": ("smoke_command", "Run the lessons as integration tests of an AIOS."),
        "snapshot": ("snapshot_command", "Record a fleet in a folder that the emulator loads."),
        "tour": ("tour", "Run the guide's steps one by one."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted([*super().list_commands(ctx), *self.LAZY])

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.LAZY:
            return super().get_command(ctx, name)
        module = importlib.import_module(f".{self.LAZY[name][0]}", __package__)
        command: click.Command = getattr(module, name)
        return command


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aios-nb")
def main() -> None:
    """Offline AIOS and lessons for ad-hoc inference."""


@main.command()
@click.option("--port", default=8765, show_default=True, help="Port of the page; 0: any free one.")
@click.option("--guide-ports", is_flag=True, help="Also serve 30186, 31504, … as the guide does.")
@click.option("--fleet", type=click.Path(path_type=Path), help="Folder with another fleet.")
@click.option(
    "--policy-mode", type=click.Choice(["executor", "local"]), default="executor", show_default=True
)
@click.option(
    "--wait-limit",
    "wait_limit_s",
    default=30.0,
    show_default=True,
    help="Seconds, where AIOS waits for ever.",
)
@click.option(
    "--time-scale", default=1.0, show_default=True, help="Simulated waits last this much longer."
)
@click.option("--quirk", "quirks", multiple=True, metavar="NAME", help="An upstream defect to add.")
@click.option("--seed", default=0, show_default=True, help="Start of generated ids.")
@click.option(
    "--data-dir",
    type=click.Path(path_type=Path),
    help="Folder that keeps everything over restarts; without it all is in memory.",
)
@click.option(
    "--allow-code",
    "code_sources",
    multiple=True,
    metavar="URL/|FOLDER",
    help="Where a policy's code may lie beside the emulator's own store.",
)
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="A loopback address; any other needs --token.",
)
@click.option("--token", envvar="AIOS_NB_TOKEN", help="What other machines must send as Bearer.")
@click.option("--openai-base-url", metavar="URL", help="A real model for the matcher block.")
@click.option(
    "--openai-model",
    default="gpt-4o-mini",
    show_default=True,
    help="Its name; key: OPENAI_API_KEY.",
)
def emulator(fleet: Path | None, **switches: Any) -> None:
    """Run an offline AIOS until Ctrl-C."""
    # Imported here, or --help would wait for the whole emulator.
    from .emulator.engine.policy_shelter import missing
    from .emulator.server import Emulator, EmulatorError

    with _when_told_to_stop() as stopped:
        try:
            running = Emulator(fleet, **switches).start()
        except (EmulatorError, ValueError) as error:
            raise click.ClickException(str(error)) from error
        with running:
            _announce(running.url, running.addresses, notes=missing())
            stopped.wait()
    click.echo("\nStopped.")


def _announce(url: str, addresses: dict[str, str], *, notes: list[str]) -> None:
    click.echo(f"Offline AIOS is ready: {url}/\n")
    for name, address in addresses.items():
        click.echo(f"  {name:<18} {address}")
    for note in notes:
        click.echo(f"\nNote: {note}.")
    click.echo("\nStop it with Ctrl-C.")


@contextmanager
def _when_told_to_stop() -> Iterator[threading.Event]:
    """Give what Ctrl-C, SIGTERM and a closed terminal set, from before anything needs cleaning."""
    stopped = threading.Event()
    names = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # what nohup asks for
        names.append(signal.SIGHUP)
    before = [signal.signal(name, lambda *_: stopped.set()) for name in names]
    try:
        yield stopped
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
