"""The parent of one step's program: sets its container up, and leaves no process behind.

Run as a program of its own (`python -I -S supervisor.py SPEC.json`), with the standard library only.
It exits as the job exits, by the same status or signal. Its standard input is a pipe from the runner:
a byte asks for the job's end, and when the pipe closes, because the runner died in whatever way, the
job and all its descendants are killed at once. On Linux it is their subreaper, so no descendant escapes
by detaching itself; elsewhere, those that leave the job's process group do.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import shutil
import signal
import sys
import time
from typing import Any, NoReturn

_LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_BIND, _MS_REC, _MS_PRIVATE = 4096, 16384, 1 << 18
_NOT_STARTED = 125


def main(spec_path: str) -> int:
    """Run the job that the file describes; returns its exit status."""
    with open(spec_path, encoding="utf-8") as file:
        spec = json.load(file)
    runner = os.getppid()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _LINUX:
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    wake = _wake_on_signals()
    job = os.fork()
    if job == 0:
        _become(spec)
    status, gently = _wait(job, runner, wake)
    if gently:
        _terminate(job, spec["grace_seconds"])
    _kill_all(job)
    if status is None:
        return 128 + signal.SIGTERM
    if os.WIFSIGNALED(status):
        _die_of(os.WTERMSIG(status))
    return os.WEXITSTATUS(status)


def _wake_on_signals() -> int:
    """A descriptor that becomes readable on SIGCHLD and SIGTERM."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing)
    for number in (signal.SIGCHLD, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    return reading


def _wait(job: int, runner: int, wake: int) -> tuple[int | None, bool]:
    """The job's wait status, or None if it is to be stopped, and whether with a warning."""
    while True:
        readable, _, _ = select.select([0, wake], [], [], 1.0)
        signals = os.read(wake, 4096) if wake in readable else b""
        status = _reap(job)
        if status is not None:
            return status, False
        request = os.read(0, 1) if 0 in readable else None
        if request == b"" or os.getppid() != runner:
            return None, False
        if request or signal.SIGTERM in signals:
            return None, True


def _reap(job: int) -> int | None:
    """Collect every ended child; the job's wait status if it is among them."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                break
            if pid == job:
                found = status
    return found


def _terminate(job: int, grace_seconds: float) -> None:
    """Ask the job's process group to end, and give it a moment to do so."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(job, signal.SIGTERM)
    deadline = time.monotonic() + grace_seconds
    while time.monotonic() < deadline:
        if _reap(job) is not None:
            return
        time.sleep(0.01)


def _kill_all(job: int) -> None:
    """Kill and collect all descendants: a container ends with its main process."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(job, signal.SIGKILL)
    with contextlib.suppress(ChildProcessError):
        while True:
            for pid in _descendants():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _descendants() -> list[int]:
    if not _LINUX:
        return []
    parents: dict[int, int] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError), open(f"/proc/{entry}/stat", "rb") as file:
                parents[int(entry)] = int(file.read().rpartition(b")")[2].split()[1])
    found = [os.getpid()]
    for pid in found:  # grows while it is read: children of children follow
        found += [child for child, parent in parents.items() if parent == pid]
    return found[1:]


def _die_of(number: int) -> NoReturn:
    if number != signal.SIGKILL:
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)  # only reached where the signal is ignored by default


def _become(spec: dict[str, Any]) -> NoReturn:
    """In the forked child: set up the container and become the job."""
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        if spec["namespace"]:
            _enter_namespace(spec)
        if _LINUX:
            _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        os.chdir(spec["cwd"])
        os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        os.execvpe(spec["command"][0], spec["command"], spec["environment"])
    except OSError as error:
        with open(spec["error_file"], "w", encoding="utf-8") as file:
            file.write(str(error))
    finally:
        os._exit(_NOT_STARTED)


def _enter_namespace(spec: dict[str, Any]) -> None:
    """A private mount namespace in which the job's folder is /opt/ml."""
    user, group = os.geteuid(), os.getegid()
    own_user = False
    if _LIBC.unshare(_CLONE_NEWNS) != 0:
        own_user = True
        _check(_LIBC.unshare(_CLONE_NEWUSER | _CLONE_NEWNS), "user namespace")
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    _mount("none", "/", "", _MS_REC | _MS_PRIVATE)
    for view in spec["views"]:
        _mount_view(view, own_user)
    if os.path.isdir("/opt/ml"):
        _mount(spec["ml"], "/opt/ml", "", _MS_BIND | _MS_REC)
        return
    stage = spec["stage"]  # a stand-in for /opt: everything that is in it, and ml
    _mount("tmpfs", stage, "tmpfs", 0, "mode=755")
    for entry in os.scandir("/opt"):
        _stage_entry(entry, os.path.join(stage, entry.name))
    os.mkdir(os.path.join(stage, "ml"))
    _mount(spec["ml"], os.path.join(stage, "ml"), "", _MS_BIND | _MS_REC)
    _mount(stage, "/opt", "", _MS_BIND | _MS_REC)


def _mount_view(view: dict[str, str], own_user: bool) -> None:
    """A private, writable view of an input: writes go to a layer above it, never to the source."""
    os.chdir(view["layers"])  # relative names need no escaping in the mount options
    options = "lowerdir=lower,upperdir=upper,workdir=work" + (",userxattr" if own_user else "")
    try:
        _mount("overlay", view["target"], "overlay", 0, options)
    except OSError:  # not every file system can be a layer; a copy always can
        shutil.copytree("lower", view["target"], dirs_exist_ok=True, ignore_dangling_symlinks=True)


def _stage_entry(entry: os.DirEntry[str], target: str) -> None:
    if entry.is_symlink():
        os.symlink(os.readlink(entry.path), target)
        return
    if entry.is_dir():
        os.mkdir(target)
    else:
        _write(target, "")
    _mount(entry.path, target, "", _MS_BIND | _MS_REC)


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    result = _LIBC.mount(
        source.encode(), target.encode(), kind.encode(), ctypes.c_ulong(flags), options.encode()
    )
    _check(result, f"mount {source} on {target}")


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
