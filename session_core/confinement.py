"""What a child process gives up before it touches anything it should not be trusted with (Linux)."""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import signal
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def die_with_parent() -> None:
    """Have the kernel kill this process when the thread that started it ends, SIGKILLed parents included.

    A parent that died before this call is not noticed: watch for the end of a pipe as well.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def ignore_signals_of_the_group() -> None:
    """Leave SIGINT and SIGTERM, which terminals and supervisors send to every process, to the parent's shutdown."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def give_up_privileges() -> None:
    """No program started from here on can gain rights (set-user-id files, capabilities)."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def step_back(niceness: int) -> None:
    """Let others have the processor first.

    Where the kernel groups processes by their session (``sched_autogroup_enabled``), a process' own niceness ranks
    it within its group only; the group has one of its own.
    """
    os.nice(niceness)
    with suppress(OSError):
        Path("/proc/self/autogroup").write_text(str(niceness))


def close_network() -> bool:
    """Move this process and its children into a network namespace with nothing in it.

    Needs root or a kernel that lets everyone make user namespaces, and a process with one thread. Returns
    whether it could be done: it is a second fence, behind a decoder that may use no protocol at all.
    """
    libc = _libc()
    for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET):
        if libc.unshare(flags) == 0:
            return True
        if ctypes.get_errno() not in (errno.EPERM, errno.ENOSPC, errno.EINVAL, errno.ENOSYS):
            break
    return False


def limit_resources(*, address_space: int, cpu_seconds: int, wall_clock_s: float) -> None:
    """Limits that the kernel enforces on this process, in bytes and seconds.

    Beyond the three arguments: no new file descriptor, no file that grows, no core dump, no new process or
    thread (root is exempt from the last). Passing ``cpu_seconds`` or ``wall_clock_s`` kills the process.
    """
    resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, wall_clock_s)
