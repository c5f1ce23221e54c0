"""Ports of this machine, and addresses of a cluster."""

from __future__ import annotations

import socket

from ..connect import connect
from ..endpoints import CLUSTER_PORTS, MANAGEMENT_PORTS, POLICY_STORE_PORTS
from ..errors import AIOSError, ConfigurationError
from .finding import Finding

GUIDES = sorted({*CLUSTER_PORTS.values(), *MANAGEMENT_PORTS.values(), *POLICY_STORE_PORTS.values()})
NEEDED = ("policy_store", "policy_system", "block_metrics", "router", "search_server", "adhoc")


def look_at_ports(ports: list[int] | None = None) -> Finding:
    """Return whether an emulator could listen on the guide's ports; lessons need none of them."""
    wanted = GUIDES if ports is None else ports
    taken = [str(port) for port in wanted if not _is_free(port)]
    if not _is_free(0):
        return Finding(
            "ports", "ill", "this machine opens no port of its own", "look at its firewall"
        )
    if taken:
        detail = f"taken: {', '.join(taken)}; only 'aios-nb emulator --guide-ports' needs them"
        return Finding("ports", "note", detail, f"ss -ltnp 'sport = :{taken[0]}' shows by whom")
    return Finding("ports", "well", f"the guide's {len(wanted)} ports are free")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def look_at_cluster() -> Finding:
    """Return whether the services of the cluster answer, if addresses of one are set."""
    try:
        aios = connect("cluster")
    except ConfigurationError as error:
        if "no address of an AIOS is set" in str(error):
            return Finding("cluster", "well", "no addresses are set; lessons use the emulator")
        return Finding("cluster", "ill", str(error), "correct the variable or the profile")
    try:
        with aios:
            answers = aios.health()
    except AIOSError as error:
        return Finding("cluster", "ill", str(error), "correct the variable or the profile")
    silent = [name for name in NEEDED if not answers.get(name)]
    if silent:
        where = [f"{name} ({getattr(aios.endpoints, name) or 'no address'})" for name in silent]
        cure = "correct AIOS_<SERVICE>_URL or the hosts, or open the port from here"
        return Finding("cluster", "ill", f"no answer from {', '.join(where)}", cure)
    return Finding("cluster", "well", f"{sum(answers.values())} services answer")
