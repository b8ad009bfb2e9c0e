"""What a CI server reads in the log of a job: commands, which no text may contain."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# GitHub, Gitea and Forgejo; Azure Pipelines; TeamCity.
_SERVERS = ("GITHUB_ACTIONS", "TF_BUILD", "TEAMCITY_VERSION")
# A bracket that makes a command; Azure Pipelines does not care for capitals.
_BRACKET = r"(?<=##)\[|(?<=##vso)\[|(?<=##teamcity)\["
_COMMAND = re.compile(rf"(?P<start>^[^\S\r\n]*):(?=:)|{_BRACKET}", re.MULTILINE | re.IGNORECASE)
_BRACKETS = re.compile(_BRACKET, re.IGNORECASE)

# In the style of a report, a line may begin with `::` but holds no second one.
_HTML_COMMAND = re.compile(
    rf"(?P<start>^[^\S\r\n]*):(?=:[^\r\n]*::)|{_BRACKET}", re.MULTILINE | re.IGNORECASE
)


def is_ci_log(environment: Mapping[str, str]) -> bool:
    """Tell whether a CI server reads the output for commands."""
    return any(environment.get(name) for name in _SERVERS)


def neutralise_commands(text: str) -> str:
    """Return a text in which no line is a command to a CI server.

    `::` at the beginning of a line and `##[` anywhere are such; one character
    of them is shown by its number, as in <U+003A>:error.
    """
    return _COMMAND.sub(
        lambda match: f"{match['start'] or ''}<U+{ord(match[0][-1]):04X}>",
        text,
    )


def neutralise_brackets(text: str) -> str:
    """Return a text in which no bracket makes a command, for what has to begin with `::`."""
    return _BRACKETS.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def neutralise_address(address: str) -> str:
    """Return a web address that means the same and holds no such command."""
    return _COMMAND.sub(lambda match: f"{match['start'] or ''}%{ord(match[0][-1]):02X}", address)


def neutralise_html(html: str) -> str:
    """Return an HTML document that looks the same, and in which nothing is such a command."""
    return _HTML_COMMAND.sub(lambda match: f"{match['start'] or ''}&#{ord(match[0][-1])};", html)
