"""Programs that tell that they ran, for every setting of git that can name a program."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

# Of git's documentation: git-config(1) and the manuals that it refers to for the rest.
# “trip” stands where a key holds a name.
PROGRAMS = (
    "alias.trip",
    "browser.trip.cmd",
    "browser.trip.path",
    "core.alternateRefsCommand",
    "core.askPass",
    "core.editor",
    "core.fsmonitor",
    "core.gitProxy",
    "core.hooksPath",
    "core.pager",
    "core.sshCommand",
    "credential.helper",
    "credential.https://trip.example.helper",
    "diff.external",
    "diff.guitool",
    "diff.tool",
    "diff.trip.command",
    "diff.trip.textconv",
    "difftool.trip.cmd",
    "difftool.trip.path",
    "filter.trip.clean",
    "filter.trip.process",
    "filter.trip.smudge",
    "gc.recentObjectsHook",
    "gpg.openpgp.program",
    "gpg.program",
    "gpg.ssh.defaultKeyCommand",
    "gpg.ssh.program",
    "gpg.trip.program",
    "gpg.x509.program",
    "guitool.trip.cmd",
    "help.browser",
    "hook.trip.command",
    "imap.tunnel",
    "init.templateDir",
    "instaweb.browser",
    "instaweb.httpd",
    "interactive.diffFilter",
    "man.trip.cmd",
    "man.trip.path",
    "man.viewer",
    "merge.guitool",
    "merge.tool",
    "merge.trip.driver",
    "mergetool.trip.cmd",
    "mergetool.trip.path",
    "pager.trip",
    "remote.trip.receivepack",
    "remote.trip.uploadpack",
    "remote.trip.vcs",
    "sendemail.ccCmd",
    "sendemail.headerCmd",
    "sendemail.sendmailCmd",
    "sendemail.smtpServer",
    "sendemail.toCmd",
    "sequence.editor",
    "submodule.trip.update",
    "tar.trip.command",
    "trailer.trip.cmd",
    "trailer.trip.command",
    "uploadpack.packObjectsHook",
    "web.browser",
)
# Those of them that hold a folder with programs.
FOLDERS = frozenset({"core.hooksPath", "init.templateDir"})
# Commands whose names a repository may try to give to an alias or a pager of its own.
NAMES = (
    "cat-file",
    "config",
    "diff-files",
    "diff-index",
    "diff-tree",
    "for-each-ref",
    "log",
    "ls-files",
    "ls-tree",
    "merge-base",
    "rev-list",
    "rev-parse",
    "show",
    "status",
)
HOOKS = (
    "fsmonitor-watchman",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "pre-auto-gc",
    "pre-commit",
    "reference-transaction",
    "update",
)
# What makes git use the programs, where it would not do so anyway.
SWITCHES = {
    "core.fsmonitorHookVersion": ("2",),
    "diff.ignoreSubmodules": ("none",),
    "gpg.ssh.allowedSignersFile": ("/dev/null",),
    "hook.trip.event": HOOKS,
    "interactive.singleKey": ("true",),
    "log.diffMerges": ("on",),
    "log.showSignature": ("true",),
    "log.showRoot": ("true",),
    "protocol.allow": ("always",),
    "protocol.ext.allow": ("always",),
    "protocol.file.allow": ("always",),
    "submodule.recurse": ("true",),
}
ATTRIBUTES = "* diff=trip filter=trip merge=trip\n"

# The last part of a key of a program, or of a folder of programs, and the whole of others.
_LIKE = re.compile(
    r"^alias\.|^pager\."
    r"|(askpass|browser|clean|cmd|command|daemon|driver|editor|exec|external|filter|fsmonitor"
    r"|handler|helper|hook|hookspath|httpd|pager|process|program|proxy|receivepack|script|server"
    r"|shell|smudge|templatedir|textconv|tool|tool>\.path|tunnel|uploadpack|vcs|viewer)$"
    r"|^submodule\..*\.update$",
    re.IGNORECASE,
)
# They look alike, and what they hold never starts.
_UNLIKE = frozenset(
    {
        "advice.ignoredhook",
        "advice.waitingforeditor",
        "color.pager",
        "column.clean",
        "diff.<driver>.cachetextconv",
        "gc.repackfilter",
        "gitcvs.dbdriver",
        "http.proxy",
        "rebase.reschedulefailedexec",
        "remote.<name>.partialclonefilter",
        "remote.<name>.proxy",
        "uploadpack.allowfilter",
    }
)


def known_to_git() -> set[str]:
    """Return the keys of programs that the git of this machine knows, written small.

    Those that it lists are chosen by what they look like; “trip” stands where one holds a name.
    """
    listed = subprocess.run(
        ["git", "help", "--config"], capture_output=True, text=True, check=True
    ).stdout.lower()
    keys = {key for key in listed.split() if _LIKE.search(key)} - _UNLIKE
    return {re.sub(r"<[^>]*>|\*", "trip", key) for key in keys}


class Tripwires:
    """A folder of programs, each of which writes its name to a list when it runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._list = folder / "ran"

    def program(self, name: str) -> str:
        """Return the path of a program of this name."""
        file = self.folder / re.sub(r"[^\w.-]", "_", name)
        if not file.exists():
            file.write_text(f"#!/bin/sh\necho '{name}' >> '{self._list}'\n", encoding="utf-8")
            file.chmod(0o755)
        return str(file)

    def ran(self) -> set[str]:
        """Return the names of those that ran since this was last asked."""
        if not self._list.exists():
            return set()
        names = set(self._list.read_text("utf-8").splitlines())
        self._list.unlink()
        return names

    def hooks(self, folder: Path) -> str:
        """Make each hook in a folder a tripwire, and return the folder."""
        folder.mkdir(exist_ok=True)
        for name in HOOKS:
            hook = folder / name
            hook.unlink(missing_ok=True)
            hook.symlink_to(self.program(f"hooks/{name}"))
        return str(folder)

    def settings(self) -> str:
        """Return a file of configuration in which every program is a tripwire."""
        lines = [
            _line("core.hooksPath", self.hooks(self.folder / "hooks")),
            _line("init.templateDir", str(self.folder)),
            _line("remote.trip.url", f"ext::{self.program('remote.trip.url')}"),
        ]
        for key in sorted({*PROGRAMS} - FOLDERS):
            shell = "!" if key.startswith(("alias.", "submodule.")) else ""
            lines.append(_line(key, shell + self.program(key)))
        for command in NAMES:
            lines.append(_line(f"alias.{command}", f"!{self.program(f'alias.{command}')}"))
            lines.append(_line(f"pager.{command}", self.program(f"pager.{command}")))
        for key, values in SWITCHES.items():
            lines += [_line(key, value) for value in values]
        return "".join(lines)


def configuration(settings: Iterable[tuple[str, str]]) -> str:
    """Return a file of configuration."""
    return "".join(_line(key, value) for key, value in settings)


def _line(key: str, value: str) -> str:
    section, _, rest = key.partition(".")
    middle, dot, name = rest.rpartition(".")
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    header = f'{section} "{middle}"' if dot else section
    return f'[{header}]\n\t{name} = "{quoted}"\n'
