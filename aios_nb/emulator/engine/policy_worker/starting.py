"""From a fresh process to one that waits for calls: shut in, limited, the policy imported."""

from __future__ import annotations

import gc
import signal
import socket

from .fence import raise_fence
from .importing import add_packages, import_late_parts, import_or_report
from .kinship import adopt_orphans
from .limits import become_first_choice, limit_resources, threads_of_this_user
from .metrics import metrics_api
from .protocol import JSON, send
from .streams import open_streams
from .system_calls import refuse_calls
from .user import leave_root
from .zygote import Zygote


def start(job: JSON) -> None:
    """Do the job; return when the emulator is gone or wants no more of it."""
    control = socket.socket(fileno=job["control"])
    kept = leave_root(job["scratch"])
    become_first_choice()
    job["present"] = threads_of_this_user()
    limit_resources(job)
    adopt_orphans()
    raise_fence(job["fence"], capabilities=kept)
    refuse_calls()
    open_streams(job["output_bytes"])
    if job["packages"]:
        add_packages(job["packages"])
    signal.alarm(int(job["limit_s"]) + 5)  # for the case that nobody is left to end the import
    if job["is_local"]:
        metrics_api()
    module = import_or_report(job, control)
    signal.alarm(0)
    send(control, {"ok": True})
    import_late_parts()
    gc.freeze()  # what lives now is shared by all children; collecting would copy it
    Zygote(job, control, module).serve()
