"""The process in which a policy runs: imports function.py once, then forks once per call (§8.1).

Started by path with nothing of the emulator on its path or in its environment; everything it is
told comes as JSON in its one argument. Over the control socket it gets five bytes a message: ``F``
asks for a child, ``K`` and a process id end one, ``D`` comes with a file of documents that all
later children hold, so that calls only name them; end of file ends all. Each child is announced by
its process id with the socket that leads to it, and waits there for the one call it answers; one
that waits in advance makes a call three times as fast. What a policy can break in here is its own
archive's worker and nothing else.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import io
import json
import logging
import marshal
import os
import resource
import select
import signal
import socket
import struct
import sys
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

JSON = dict[str, Any]
MESSAGE, PROCESS, LENGTH = struct.Struct("!ci"), struct.Struct("!i"), struct.Struct("!Q")
WEIGHING_S = 0.5
SET_PARENT_DEATH_SIGNAL, SET_CHILD_SUBREAPER = 1, 36


class Output(io.RawIOBase):
    """Standard output and error: what exceeds the limit is dropped, as a log rotation would."""

    spent = 0

    def __init__(self, descriptor: int, limit: int) -> None:
        self.descriptor, self.limit = descriptor, limit

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.descriptor

    def write(self, data: Any) -> int:
        room = max(0, self.limit - Output.spent)
        Output.spent += len(data)
        if room:
            os.write(self.descriptor, bytes(data[:room]))
        return len(data)


def main() -> None:
    job = json.loads(sys.argv[1])
    control = socket.socket(fileno=job["control"])
    kept = load("policy_user").leave_root(job["scratch"])
    become_first_choice()
    job["present"] = threads_of_this_user()
    limit_resources(job)
    load("policy_fence").raise_fence(job["fence"], capabilities=kept)
    load("policy_calls").refuse_calls()
    open_streams(job["output_bytes"])
    if job["packages"]:
        add_packages(job["packages"])
    signal.alarm(int(job["limit_s"]) + 5)  # for the case that nobody is left to end the import
    module = import_or_report(job, control)
    signal.alarm(0)
    send(control, {"ok": True})
    import_late_parts()
    gc.freeze()  # what lives now is shared by all children; collecting would copy it
    Zygote(job, control, module).serve()


def limit_resources(job: JSON) -> None:
    limits = {
        resource.RLIMIT_AS: job["memory_bytes"],
        resource.RLIMIT_FSIZE: job["file_bytes"],
        resource.RLIMIT_NOFILE: job["open_files"],
        resource.RLIMIT_CORE: 0,
        # Twice what a call may start: one that starts all it can must not stop the next calls.
        resource.RLIMIT_NPROC: job["present"] + 2 * job["processes"],
    }
    for kind, limit in limits.items():
        lower_limit(kind, limit)
    prctl(SET_CHILD_SUBREAPER, 1)  # so that daemons a policy leaves behind are found


def become_first_choice() -> None:
    """Let the kernel end policies before all else when the machine runs out of memory."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def lower_limit(kind: int, limit: int) -> None:
    # Not every system knows every limit, and a lower one that is there already stays.
    with contextlib.suppress(ValueError, OSError):
        hard = resource.getrlimit(kind)[1]
        ceiling = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        resource.setrlimit(kind, (ceiling, ceiling))


def threads_of_this_user() -> int:
    """Count what RLIMIT_NPROC counts; without /proc, assume a busy desktop."""
    count, user = 0, os.getuid()
    try:
        for process in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if process.name.isdigit() and process.stat().st_uid == user:
                    count += len(os.listdir(process / "task"))
    except OSError:
        return 2048
    return count


def prctl(option: int, value: int) -> None:
    # Linux only; elsewhere the process group is all that is ended with a call.
    with contextlib.suppress(OSError, AttributeError):
        LIBC.prctl(option, value, 0, 0, 0)


LIBC = ctypes.CDLL(None)


def open_streams(limit: int) -> None:
    for name, descriptor in (("stdout", 1), ("stderr", 2)):
        stream = io.TextIOWrapper(
            Output(descriptor, limit),  # type: ignore[type-var]
            encoding="utf-8",
            errors="backslashreplace",
            write_through=True,
        )
        setattr(sys, name, stream)
    # Python's own format, which is that of every line in AIOS's executor (contract §13.2).
    logging.basicConfig(level=logging.INFO)


def add_packages(folder: str) -> None:
    """Put the policy's own packages after the standard library, before all others."""
    first = next((i for i, p in enumerate(sys.path) if p.endswith("-packages")), len(sys.path))
    sys.path.insert(first, folder)


def import_function(path: str) -> ModuleType:
    """Import as AIOS does: by path, as ``function``, with nothing added to ``sys.path``."""
    spec = importlib.util.spec_from_file_location("function", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["function"] = module
    spec.loader.exec_module(module)
    return module


def import_or_report(job: JSON, control: socket.socket) -> ModuleType | None:
    if job["is_local"]:
        metrics_api()
    if job.get("imports_per_call"):
        return None
    try:
        module = import_function(job["function"])
    except Exception as error:  # noqa: BLE001 - whatever a policy raises is AIOS's answer
        send(control, failure("raised", error, "import"))
        raise SystemExit from None
    if threading.active_count() > 1:
        # A fork would lose these threads: another worker imports in every child instead.
        send(control, {"ok": False, "kind": "threads", "error": "", "stage": "import"})
        raise SystemExit
    return module


def import_late_parts() -> None:
    """Import what requests leaves to its first call: here each call would be a first one."""
    if "requests" in sys.modules:
        for name in ("encodings.ascii", "encodings.idna", "netrc"):
            importlib.import_module(name)


def metrics_api() -> ModuleType:
    """Load the clients that policies get as settings in local mode."""
    return load("metrics_api")


def load(name: str, folder: Path = Path(__file__).parent) -> ModuleType:
    """Import a file of the emulator that stands alone; none is on a path."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, folder / f"{name}.py")
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


class Zygote:
    """Starts, reaps and ends the children that answer calls."""

    def __init__(self, job: JSON, control: socket.socket, module: ModuleType | None) -> None:
        self.job, self.control, self.module = job, control, module
        self.documents: dict[int, Any] = {}  # by place
        self.running: dict[int, str] = {}  # process ids and their working folders
        self.spared = set(children())  # what function.py itself started when it was imported
        self.calls = 0
        self.remove = load("folders", Path(__file__).parents[1]).remove_folder
        self.memory = load("policy_memory")
        self.pages = load("policy_pages")
        self.document_runs: list[tuple[int, int]] = []
        self.weighed_at = 0.0
        self.woken, self.waker = os.pipe()
        for descriptor in (self.woken, self.waker):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)

    def serve(self) -> None:
        is_open = True
        while is_open:
            sources: list[Any] = [self.control, self.woken]
            ready = select.select(sources, [], [], WEIGHING_S if self.running else None)
            if self.woken in ready[0]:
                os.read(self.woken, 4096)
            if self.control in ready[0]:
                is_open = self.receive()
            self.reap()
            if time.monotonic() > self.weighed_at + WEIGHING_S:
                self.weigh()
        self.end_all()

    def weigh(self) -> None:
        """End a call that holds more than it may in all of its processes together."""
        shared = self.memory.own_bytes(os.getpid())
        held = dict.fromkeys(self.running, 0)
        for process in children():  # the calls, and what has lost its parent in one
            with contextlib.suppress(ProcessLookupError):
                call = process if process in held else os.getsid(process)
                if call in held:
                    held[call] += self.memory.held_bytes(process, shared=shared)
        for call, count in held.items():
            if count > self.job["memory_bytes"]:
                kill_group(call)
        self.weighed_at = time.monotonic()

    def receive(self) -> bool:
        message, descriptors, _, _ = socket.recv_fds(self.control, MESSAGE.size, 1)
        if len(message) < MESSAGE.size:
            return False
        kind, process = MESSAGE.unpack(message)
        if kind == b"F":
            self.fork_child()
        elif kind == b"D":
            self.hold_documents(descriptors[0])
        elif process in self.running:
            kill_group(process)
        return True

    def hold_documents(self, descriptor: int) -> None:
        gc.disable()
        with open(descriptor, "rb") as file:
            first, is_fresh, documents = marshal.load(file)
        if is_fresh:
            self.documents.clear()
        self.documents.update(enumerate(documents, first))
        self.document_runs = self.pages.page_runs(self.documents.values())
        gc.freeze()
        gc.enable()

    def fork_child(self) -> None:
        self.calls += 1
        scratch = f"{self.job['scratch']}/{self.calls}"
        ours, theirs = socket.socketpair()
        process = 0
        # Too many processes, or a full disk: process 0 and a link that ends say so.
        with contextlib.suppress(OSError):
            os.mkdir(scratch)
            process = os.fork()
            if process == 0:
                ours.close()
                self.become_child(theirs, scratch)
            self.running[process] = scratch
        theirs.close()
        socket.send_fds(self.control, [PROCESS.pack(process)], [ours.fileno()])
        ours.close()

    def become_child(self, link: socket.socket, scratch: str) -> NoReturn:
        try:
            os.setsid()
            prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.control.close()
            os.closerange(self.woken, self.waker + 1)
            os.chdir(scratch)
            os.environ.update(HOME=scratch, TMPDIR=scratch)
            lower_limit(resource.RLIMIT_NPROC, self.job["present"] + self.job["processes"])
            self.pages.own(self.document_runs)
            self.pages.rehearse()
            answer(self.job, self.module, link, self.documents)
        finally:
            os._exit(0)

    def reap(self) -> None:
        has_ended = False
        with contextlib.suppress(ChildProcessError):
            while (process := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                has_ended = True
                kill_group(process)
                scratch = self.running.pop(process, None)
                if scratch:
                    self.remove(scratch)
        if has_ended:
            self.end_strays()

    def end_strays(self) -> None:
        """End what fled from its call's process group and lost its parent."""
        for process in children():
            if process in self.running or process in self.spared:
                continue
            with contextlib.suppress(ProcessLookupError):
                if os.getsid(process) not in self.running:
                    os.kill(process, signal.SIGKILL)

    def end_all(self) -> None:
        self.spared.clear()
        for _ in range(50):
            for process in list(self.running):
                kill_group(process)
            self.end_strays()
            self.reap()
            if not self.running and not children():
                break
            select.select([self.woken], [], [], 0.02)
        self.remove(self.job["scratch"])


def children() -> list[int]:
    """Return the direct children; an empty list where the kernel does not list them."""
    try:
        text = Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text()
    except OSError:
        return []
    return [int(process) for process in text.split()]


def kill_group(process: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process, signal.SIGKILL)


def answer(
    job: JSON, module: ModuleType | None, connection: socket.socket, documents: dict[int, Any]
) -> None:
    header, descriptors, _, _ = socket.recv_fds(connection, LENGTH.size, 1)
    if not descriptors:
        return  # the worker or the emulator is gone
    os.dup2(descriptors[0], 1)
    os.dup2(descriptors[0], 2)
    os.close(descriptors[0])
    Output.spent = 0
    gc.disable()
    call = marshal.loads(receive_exactly(connection, LENGTH.unpack(header)[0]))
    if "places" in call:
        call["input_data"] = [documents[place] for place in call["places"]]
    gc.freeze()  # a thousand candidates are no garbage; looking at them would take a while
    gc.enable()
    lower_limit(resource.RLIMIT_CPU, int(call["limit_s"] * job["processors"]) + 2)
    reply = encode(evaluate(job, module, call), job["result_bytes"])
    connection.sendall(LENGTH.pack(len(reply)) + reply)


def evaluate(job: JSON, module: ModuleType | None, call: JSON) -> JSON:
    stage = "import"
    try:
        module = module or import_function(job["function"])
        stage = "construct"
        settings, parameters = call["settings"], call["parameters"]
        if call["mode"] == "local":
            settings = {**metrics_api().clients(call.get("services", {})), **settings}
        policy = module.AIOSv1PolicyRule(call.get("rule_id", ""), settings, parameters)
        logging.info("Initialized AgentSpaceFunction")
        if call.get("constructs_only"):
            return {"ok": True, "result": None}
        stage = "eval"
        return {"ok": True, "result": policy.eval(parameters, call["input_data"], None)}
    except Exception as error:  # noqa: BLE001 - whatever a policy raises is AIOS's answer
        return failure("raised", error, stage)


def failure(kind: str, error: Exception, stage: str) -> JSON:
    return {"ok": False, "kind": kind, "error": str(error), "stage": stage}


def encode(reply: JSON, limit: int) -> bytes:
    """Encode as Flask answers: sorted keys, NaN as it is; refuse what Flask refuses."""
    try:
        text = json.dumps(reply, sort_keys=True, default=in_flasks_words)
    except Exception as error:  # noqa: BLE001 - a result's own methods may raise anything
        text = json.dumps(failure("unserialisable", error, "result"))
    if len(text) > limit:
        size = f"the policy's result has {len(text)} bytes, the emulator's limit is {limit}"
        text = json.dumps(failure("unserialisable", ValueError(size), "result"))
    return text.encode()


def in_flasks_words(value: Any) -> Any:
    """Turn into JSON what Flask's provider turns: dates, decimals, UUIDs, dataclasses, HTML."""
    import dataclasses
    import datetime
    import decimal
    import email.utils
    import uuid

    if isinstance(value, datetime.date):
        moment = datetime.datetime.combine(value, datetime.time(), tzinfo=datetime.UTC)
        if isinstance(value, datetime.datetime):
            moment = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        return email.utils.format_datetime(moment.astimezone(datetime.UTC), usegmt=True)
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def send(connection: socket.socket, reply: JSON) -> None:
    data = json.dumps(reply).encode()
    connection.sendall(LENGTH.pack(len(data)) + data)


def receive_exactly(connection: socket.socket, length: int) -> bytearray:
    data, position = bytearray(length), 0
    view = memoryview(data)
    while position < length:
        count = connection.recv_into(view[position:])
        if not count:
            raise SystemExit
        position += count
    return data


if __name__ == "__main__":
    main()
