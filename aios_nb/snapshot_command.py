"""``aios-nb snapshot``: record a fleet in a folder that the emulator loads."""

from __future__ import annotations

from pathlib import Path

import click

from .connect import TARGETS, connect
from .errors import AIOSError
from .snapshot import take_snapshot


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--target", type=click.Choice(TARGETS), default="cluster", show_default=True)
@click.option("--scrub", is_flag=True, help="Make up all addresses and names of machines.")
@click.option("--force", is_flag=True, help="Replace a fleet that is there.")
def snapshot(folder: Path, target: str, scrub: bool, force: bool) -> None:
    """Record blocks, metrics, clusters and policies of an AIOS in DIR.

    Only public calls are made, and no block is asked anything. Load it with
    aios-nb emulator --fleet DIR, or connect("emulator", fleet=DIR).
    """
    try:
        with connect(target) as aios:
            taken = take_snapshot(aios, folder, scrubs=scrub, overwrites=force)
    except AIOSError as error:
        raise click.ClickException(str(error)) from error
    click.echo(taken)
