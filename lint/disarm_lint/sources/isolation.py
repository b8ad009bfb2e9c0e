"""What git is started with, so that it runs no program and asks no server for a repository.

A repository can name programs in its configuration, in files that this
includes, and in attributes. Three things together keep git from all of them:
a closed list of commands, which read git's store and the index but neither
show nor change files; settings that win over every file of configuration; and
an environment in which nothing of the caller's is left but what says where the
repository is and what the user trusts.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The commands, with options that each always has. None of them converts content,
# so the programs of drivers (diff.<driver>.textconv, filter.<driver>.clean,
# merge.<driver>.driver), of tools and of aliases have no part in them; none reads
# the working tree, verifies a signature or changes a ref. A file that `diff-files`
# compares would go through a filter, and `log` obeys settings that `rev-list` ignores.
_PLAIN_DIFF = ("--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all")
COMMANDS: Mapping[str, tuple[str, ...]] = {
    "cat-file": (),
    "config": (),
    "diff-index": _PLAIN_DIFF,
    "diff-tree": _PLAIN_DIFF,
    "for-each-ref": (),
    "ls-files": (),
    "ls-tree": (),
    "merge-base": (),
    "rev-list": (),
    "rev-parse": (),
}

# It does nothing and fails; it stands for each program that a setting can name.
_NONE = "false"
# Each wins over the same key in any file. A key that holds a name of the repository's
# choosing, as of a driver or a remote, cannot be listed: COMMANDS and the protocols
# that are not allowed keep its programs out.
SETTINGS: Mapping[str, str] = {
    "core.alternateRefsCommand": _NONE,
    "core.askPass": "",
    "core.attributesFile": os.devnull,
    "core.editor": _NONE,
    # Empty is off for every version; to an old one, “false” is the name of a program.
    "core.fsmonitor": "",
    "core.hooksPath": os.devnull,
    "core.pager": "cat",
    "core.sshCommand": _NONE,
    "credential.helper": "",
    "diff.external": _NONE,
    "diff.ignoreSubmodules": "all",
    "gc.auto": "0",
    "gpg.openpgp.program": _NONE,
    "gpg.program": _NONE,
    "gpg.ssh.defaultKeyCommand": _NONE,
    "gpg.ssh.program": _NONE,
    "gpg.x509.program": _NONE,
    "interactive.diffFilter": _NONE,
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "protocol.allow": "never",
    "sequence.editor": _NONE,
    "submodule.recurse": "false",
    "uploadpack.packObjectsHook": _NONE,
}

_FIXED: Mapping[str, str] = {
    "LC_ALL": "C",
    # No protocol has this name. It wins over each protocol.<name>.allow, and keeps a git
    # that does not know GIT_NO_LAZY_FETCH from fetching what a partial clone lacks.
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_ASKPASS": "",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_EDITOR": _NONE,
    "GIT_NO_LAZY_FETCH": "1",
    # A commit is what its name says, not what a repository puts in its place.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_PAGER": "cat",
    # The first core.gitProxy that git reads counts, not the last; this comes before all.
    "GIT_PROXY_COMMAND": "",
    "GIT_SEQUENCE_EDITOR": _NONE,
    "GIT_TERMINAL_PROMPT": "0",
}

# What tells git which repository it is in; a hook has it from the git that runs it.
LOCATION = frozenset(
    {
        "GIT_ALTERNATE_OBJECT_DIRECTORIES",
        "GIT_COMMON_DIR",
        "GIT_DIR",
        "GIT_GRAFT_FILE",
        "GIT_IMPLICIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_NAMESPACE",
        "GIT_OBJECT_DIRECTORY",
        "GIT_PREFIX",
        "GIT_QUARANTINE_PATH",
        "GIT_SHALLOW_FILE",
        "GIT_WORK_TREE",
    }
)
# Where git itself lies, where the user's and the system's configuration lies (it holds
# safe.directory), and how far up a repository is looked for.
_INSTALLATION = frozenset(
    {
        "GIT_CEILING_DIRECTORIES",
        "GIT_CONFIG_GLOBAL",
        "GIT_CONFIG_NOSYSTEM",
        "GIT_CONFIG_SYSTEM",
        "GIT_DISCOVERY_ACROSS_FILESYSTEM",
        "GIT_EXEC_PATH",
    }
)
_TRUSTED = "safe.directory"


def build_environment(caller: Mapping[str, str], *, located: bool) -> dict[str, str]:
    """Return the environment of git.

    Of the variables of git that the `caller` has, only those stay that say how
    git is installed and what the user trusts, and, if `located`, those that
    name the repository. Folders on the PATH that depend on the current folder go.
    """
    kept = _INSTALLATION | LOCATION if located else _INSTALLATION
    environment = {
        key: value
        for key, value in caller.items()
        if key in kept or not key.upper().startswith("GIT_")
    }
    environment.update(_FIXED)
    environment["PATH"] = os.pathsep.join(_list_folders(caller.get("PATH", os.defpath)))
    trusted = list(_list_trusted(caller))
    environment["GIT_CONFIG_COUNT"] = str(len(trusted))
    for number, value in enumerate(trusted):
        environment[f"GIT_CONFIG_KEY_{number}"] = _TRUSTED
        environment[f"GIT_CONFIG_VALUE_{number}"] = value
    return environment


def build_command(program: str, command: str, *arguments: str) -> list[str]:
    """Return a command of git as a list; raise ValueError for one that is not in COMMANDS."""
    if command not in COMMANDS:
        raise ValueError(f"`git {command}` is not in the list of commands that may be started")
    # Not in GIT_CONFIG_COUNT, which a git before 2.31 ignores.
    settings = (part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}"))
    return [program, "--no-pager", *settings, command, *COMMANDS[command], *arguments]


def find_program(path: str) -> str | None:
    """Return git's own path, from the absolute folders of a PATH; None where none holds it.

    `shutil.which` would find a `git` in the current folder, which a stranger
    may have written: on Windows always, elsewhere where the PATH says so.
    """
    name = "git.exe" if os.name == "nt" else "git"
    for folder in _list_folders(path):
        file = Path(folder, name)
        if file.is_file() and os.access(file, os.X_OK):
            return str(file)
    return None


def _list_folders(path: str) -> list[str]:
    return [folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()]


def _list_trusted(caller: Mapping[str, str]) -> Iterator[str]:
    """Yield the values of safe.directory that the environment brings, in git's order."""
    count = caller.get("GIT_CONFIG_COUNT", "")
    for number in range(int(count) if re.fullmatch("[0-9]{1,9}", count) else 0):
        key = caller.get(f"GIT_CONFIG_KEY_{number}")
        if key is None:
            break
        if key.lower() == _TRUSTED:
            yield caller.get(f"GIT_CONFIG_VALUE_{number}", "")
    try:
        # What `git -c` hands to its children: 'key'='value' and so on, quoted as for a shell.
        given = shlex.split(caller.get("GIT_CONFIG_PARAMETERS", ""))
    except ValueError:
        return
    for setting in given:
        key, _, value = setting.partition("=")
        if key.lower() == _TRUSTED:
            yield value
