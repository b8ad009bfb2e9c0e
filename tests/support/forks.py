"""Processes of the linter that need not start: forked from one that has imported it.

A new Python imports for longer than most tests run. A forked one has streams, a folder, an
environment and an exit status of its own just the same, and its own state from there on.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import io
import json
import os
import pkgutil
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Sockets that keep messages apart and tell that the other side is gone.
AVAILABLE = sys.platform == "linux"
# What Python reads at its start, and a forked one would not.
STARTING = ("PYTHON", "LANG", "LC_", "LD_")
# What nearly every command imports beside the linter's own modules.
_PRELOADED = ("markdown_it", "msgspec", "pathspec", "rapidfuzz", "ruamel.yaml", "python_calamine")
_LARGEST = 100_000


class Server:
    """The process that the others are forked from."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=dict(environment),
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self._stop)

    def _stop(self) -> None:
        # It ends when this side is closed.
        self._socket.close()
        self._process.wait()

    def run(
        self,
        arguments: Sequence[str],
        cwd: Path,
        environment: Mapping[str, str],
        streams: Sequence[int],
        timeout: float,
    ) -> subprocess.CompletedProcess[bytes]:
        """Run the linter as `subprocess.run` does; `streams` are those of output and errors."""
        request = json.dumps([list(arguments), str(cwd), dict(environment)]).encode()
        status, told = os.pipe()
        read: dict[int, bytearray] = {status: bytearray()}
        pipes: list[int | None] = []
        given, opened = [os.open(os.devnull, os.O_RDONLY)], [told]
        opened.append(given[0])
        for stream in streams:
            if stream == subprocess.PIPE:
                ours, stream = os.pipe()
                read[ours] = bytearray()
                opened.append(stream)
                pipes.append(ours)
            else:
                pipes.append(None)
                if stream == subprocess.DEVNULL:
                    stream = os.open(os.devnull, os.O_RDWR)
                    opened.append(stream)
            given.append(stream)
        socket.send_fds(self._socket, [request], [*given, told])
        for number in opened:
            os.close(number)
        try:
            _read_all(read, status, timeout)
        finally:
            for number in read:
                os.close(number)
        _, ended = _parse_status(read[status])
        out, err = (bytes(read[n]) if n is not None else None for n in pipes)
        return subprocess.CompletedProcess(list(arguments), ended, out, err)


def fits(arguments: Sequence[str], extra: Mapping[str, str]) -> bool:
    """Tell whether a forked process does the same as a new one."""
    size = sum(map(len, arguments)) + sum(map(len, extra.values()))
    return AVAILABLE and size < _LARGEST and not any(key.startswith(STARTING) for key in extra)


def _read_all(read: Mapping[int, bytearray], status: int, timeout: float) -> None:
    end = time.monotonic() + timeout
    with selectors.DefaultSelector() as selector:
        for number in read:
            selector.register(number, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(max(0.0, end - time.monotonic())):
                data = os.read(key.fd, 1 << 16)
                read[key.fd].extend(data)
                if not data:
                    selector.unregister(key.fd)
            if time.monotonic() > end:
                os.kill(_parse_status(read[status])[0], signal.SIGKILL)
                raise subprocess.TimeoutExpired("disarm-lint", timeout)


def _parse_status(told: bytearray) -> tuple[int, int]:
    """Return the process, and its exit status or, below zero, the signal that ended it."""
    pid, *ended = told.decode().split()
    return int(pid), os.waitstatus_to_exitcode(int(ended[0])) if ended else 0


def _serve(requests: socket.socket) -> list[Any]:
    """Return the next request in a process of its own."""
    while True:
        message, numbers, _, _ = socket.recv_fds(requests, 1 << 20, 4)
        if not message:
            os._exit(0)
        if os.fork() == 0:
            break
        for number in numbers:
            os.close(number)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    requests.close()
    told = numbers.pop()
    pid = os.fork()
    if pid:
        for number in numbers:
            os.close(number)
        os.write(told, f"{pid} ".encode())
        os.write(told, str(os.waitpid(pid, 0)[1]).encode())
        os._exit(0)
    os.close(told)
    for stream, number in enumerate(numbers):
        os.dup2(number, stream)
    for number in set(numbers) - {0, 1, 2}:
        os.close(number)
    request: list[Any] = json.loads(message)
    return request


def _become(arguments: Sequence[str], cwd: str, environment: dict[str, str]) -> None:
    """Make this process what a new one would be."""
    os.chdir(cwd)
    # Python sets it at its start where there is no locale.
    coerced = {key: os.environ[key] for key in ("LC_CTYPE",) if key in os.environ}
    os.environ.clear()
    os.environ.update(coerced | environment)
    time.tzset()
    sys.argv = ["disarm-lint", *arguments]
    sys.path[0] = cwd
    sys.stdin = _open_stream(0, "r", "strict")
    sys.stdout = _open_stream(1, "w", "strict")
    sys.stderr = _open_stream(2, "w", "backslashreplace")


def _open_stream(number: int, mode: str, errors: str) -> io.TextIOWrapper:
    binary = open(number, f"{mode}b", closefd=False)  # noqa: SIM115 - open as long as the process
    lines = number == 2 or binary.isatty()
    return io.TextIOWrapper(binary, "utf-8", errors, line_buffering=lines)


def _preload() -> None:
    for name in _PRELOADED:
        importlib.import_module(name)
    for package in ("disarm_lint.cli", "disarm_lint", "disarm_rules"):
        path = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(path, f"{package}."):
            if not module.name.endswith("__main__"):
                # Of the modules for an extra, what they need may be absent.
                with contextlib.suppress(ImportError):
                    importlib.import_module(module.name)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        _preload()
        wanted = _serve(listening)
    _become(*wanted)
    runpy.run_module("disarm_lint", run_name="__main__", alter_sys=True)
