"""Running a process to its end: wall-clock time and peak memory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True)
class Measured:
    """What a process took: seconds of wall-clock time, and its peak memory in MB.

    `stopped` says that it was ended at its timeout; `cpu` are the seconds that it and its
    children kept a processor busy.
    """

    seconds: float
    megabytes: float
    stopped: bool = False
    cpu: float = 0.0


# A folder in which nothing can be kept: what is measured is not what an earlier run left.
NO_CACHE = {"XDG_CACHE_HOME": f"{os.devnull}/cache"}


def measure(
    command: Sequence[str],
    accepted: Sequence[int] = (0,),
    *,
    environment: Mapping[str, str] | None = None,
    timeout: float = threading.TIMEOUT_MAX,
) -> Measured:
    """Run a command, its output thrown away; exit with a message on another status than `accepted`.

    The memory is the resident set at its peak, as the kernel counts it for
    this child alone. The command is stopped after `timeout` seconds. Without an
    `environment`, it has that of this process, and no cache.
    """
    start = time.perf_counter()
    given = {**os.environ, **NO_CACHE} if environment is None else dict(environment)
    # An installed program has its byte code; one that compiles itself anew is not what people run.
    given.pop("PYTHONDONTWRITEBYTECODE", None)
    with subprocess.Popen(
        command,
        env=given,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        timer = threading.Timer(timeout, process.kill)
        timer.daemon = True
        timer.start()
        errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        timer.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
    stopped = seconds >= timeout and process.returncode < 0
    if process.returncode not in accepted and not stopped:
        message = errors.decode("utf-8", "replace").strip()
        sys.exit(f"{' '.join(command)}: exit status {process.returncode}\n{message}")
    # Linux counts in kilobytes, macOS in bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    cpu = usage.ru_utime + usage.ru_stime
    return Measured(seconds, usage.ru_maxrss * unit / 1_000_000, stopped, cpu)


def linter() -> list[str]:
    """Return the command that runs the linter of this environment."""
    script = shutil.which("disarm-lint", path=str(Path(sys.executable).parent))
    return [script] if script else [sys.executable, "-m", "disarm_lint"]


def version_of_linter() -> str:
    """Return what the linter says of its version."""
    done = subprocess.run([*linter(), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.strip()
