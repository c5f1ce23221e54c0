"""Refuses a policy the system calls that its limits do not count, or whose effects outlive it.

Memory without a process that it is counted for (memfd, System V), keys of whoever started the
emulator, other processes' memory, name spaces with privileges of their own: no policy needs them.
Linux's seccomp does it, where the machine is one of the two whose numbers stand here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
import sys

# Numbers of x86-64 and of 64-bit ARM, from the kernel's unistd headers.
REFUSED = {
    "add_key": (248, 217),
    "bpf": (321, 280),
    "fsetxattr": (190, 7),
    "io_uring_setup": (425, 425),
    "ioprio_set": (251, 30),
    "keyctl": (250, 219),
    "lsetxattr": (189, 6),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "msgctl": (71, 187),
    "msgget": (68, 186),
    "msgrcv": (70, 188),
    "msgsnd": (69, 189),
    "perf_event_open": (298, 241),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "request_key": (249, 218),
    "semctl": (66, 191),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "setns": (308, 268),
    "setxattr": (188, 5),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "shmget": (29, 194),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
# Where these arguments are not 0, the call is about another process than the caller: the emulator
# is one of the same user, and a limit of one second of CPU time would end it.
OWN_ONLY = {
    "prlimit64": ((302, 261), (0,)),
    "sched_setaffinity": ((203, 122), (0,)),
    "sched_setattr": ((314, 274), (0,)),
    "sched_setparam": ((142, 118), (0,)),
    "sched_setscheduler": ((144, 119), (0,)),
    "setpriority": ((141, 140), (0, 1)),
}
MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
SECCOMP = 317, 277
FIRST_OF_X32 = 0x40000000  # the same calls under other numbers
LOAD, EQUALS, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16  # where the kernel puts them
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
SET_NO_NEW_PRIVILEGES, SET_MODE_FILTER = 38, 1
# Else the kernel turns off speculative stores for the process, and Python is a third slower: that
# keeps secrets of one address space apart, and a policy shares none with anybody.
ALLOW_SPECULATION = 1 << 2
LIBC = ctypes.CDLL(None, use_errno=True)


class Program(ctypes.Structure):
    """The kernel's ``sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def refuse_calls() -> bool:
    """Refuse them to this process and all it starts; tell whether the system does so."""
    if sys.platform != "linux" or os.uname().machine not in MACHINES:
        return False
    column, machine = MACHINES[os.uname().machine]
    code = _program(column, machine)
    program = Program(len(code) // 8, code)
    LIBC.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done: int = LIBC.syscall(
        SECCOMP[column], SET_MODE_FILTER, ALLOW_SPECULATION, ctypes.byref(program)
    )
    return done == 0


def _program(column: int, machine: int) -> bytes:
    """Return the filter; jumps are counted from the next instruction."""
    own = [step for call, which in OWN_ONLY.values() for step in _own_only(call[column], which)]
    refused = [numbers[column] for numbers in REFUSED.values()]
    count = len(refused)
    steps = [
        (LOAD, 0, 0, MACHINE),
        # 32-bit programs are refused whatever they ask
        (EQUALS, 0, len(own) + count + 3, machine),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, len(own) + count + 1, 0, FIRST_OF_X32),
        *own,
        *((EQUALS, count - n, 0, number) for n, number in enumerate(refused)),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *step) for step in steps)


def _own_only(number: int, arguments: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Return the steps that refuse one call unless all these arguments are 0."""
    checks = [
        step
        for argument in arguments
        for step in (
            (LOAD, 0, 0, ARGUMENTS + 8 * argument),  # the lower half: both machines begin with it
            (EQUALS, 1, 0, 0),
            (RETURN, 0, 0, REFUSE),
        )
    ]
    return [(EQUALS, 0, len(checks) + 1, number), *checks, (RETURN, 0, 0, ALLOW)]
