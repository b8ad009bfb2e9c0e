"""Contents of files, asked for from git one after the other."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from typing import TYPE_CHECKING

from disarm_lint.sources.filesystem import Unreadable, describe_too_large
from disarm_lint.sources.git import GitError, NotFetchedError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import IO

    from disarm_lint.sources.git import Git

_CHUNK = 1 << 20
# Seconds for git to end, and to answer: a repository may hold a named pipe in place of a file.
_PATIENCE, _LONG = 10.0, 60.0
_STEP = 1.0


class Blobs:
    """Reads blobs by name with `git cat-file --batch`; to be closed, or used in a `with`."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._process: subprocess.Popen[bytes] | None = None
        self._asked: float | None = None

    def __enter__(self) -> Blobs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def read(self, path: str, name: str, limit: int) -> bytes:
        """Return the content of the blob `name`, which stands at `path`.

        Raises Unreadable for one of more than `limit` bytes, which is not kept
        in memory, and for one that is not there; NotFetchedError where a
        partial clone lacks it; GitError where git gives up.
        """
        asking, answering = self._pipes()
        self._asked = time.monotonic()
        try:
            return self._read(path, name, limit, asking, answering)
        finally:
            self._asked = None

    def _read(
        self, path: str, name: str, limit: int, asking: IO[bytes], answering: IO[bytes]
    ) -> bytes:
        try:
            asking.write(f"{name}\n".encode("ascii"))
            asking.flush()
            header = answering.readline(1024).split()
        except OSError:
            header = []
        if len(header) == 2 and header[1] == b"missing":
            if self._git.is_partial():
                raise NotFetchedError(f"the content of “{path}”")
            raise Unreadable(path, "git does not have its content")
        if len(header) != 3 or not header[2].isdigit():
            raise self._ended(path)
        size = int(header[2])
        if size > limit:
            self._skip(answering, size + 1)
            raise describe_too_large(path, size, limit)
        data = answering.read(size + 1)
        if len(data) != size + 1:
            raise self._ended(path)
        return data[:-1]

    def _ended(self, path: str) -> GitError:
        """Return why git gave up; it does so itself where a partial clone lacks a content."""
        self.close()
        if self._git.is_partial():
            return NotFetchedError(f"the content of “{path}”")
        return GitError("git stopped answering; `git fsck` tells whether the repository is sound")

    def _skip(self, stream: IO[bytes], size: int) -> None:
        while size > 0:
            part = stream.read(min(size, _CHUNK))
            if not part:
                return
            size -= len(part)

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End a process that does not answer."""
        while process.poll() is None:
            asked = self._asked
            if asked is not None and time.monotonic() - asked > _LONG:
                process.kill()
                return
            time.sleep(_STEP)

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        if self._process is None:
            self._process = self._git.start("cat-file", "--batch")
            threading.Thread(target=self._watch, args=(self._process,), daemon=True).start()
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise GitError("git cannot be run: it has no pipes")
        return process.stdin, process.stdout
