r"""An invisible character, or a space that is no ordinary space.

Zero-width characters, soft hyphens and marks that turn the direction of writing
come along when text is copied from web pages and PDF files. Nobody sees them,
but a word that holds one is not found by a search, and a direction mark can make
a text read otherwise than it is stored. Delete them.

They are left alone where they belong: joiners in emoji and in Arabic, Persian
and Indic words, zero-width spaces in Thai, Lao, Khmer and Burmese, direction
marks beside Hebrew or Arabic letters (an override never).

There is one finding for each run of such characters. No-break spaces (U+00A0,
U+202F, U+2007) are severity info, with one finding for each line, at the first
of its line: they look like spaces and mostly come from word processors. Those of
French punctuation (`« Le Monde »`, `pourquoi ?`) and within numbers are right.
Thin, wide and other unusual spaces are severity info too; private-use characters, which
each machine shows as something else, and a variation selector behind a letter are
warnings. None of these is reported beside Chinese, Japanese or Korean characters.

## Bad

```markdown generated_pages/techniques/T0146.md {escapes=yes}
# Technique T0146: Account Asset

**Summary**: An Acc⟦\u200b⟧ount is a user-⟦\u00ad\u2060⟧specific profile.⟦\u00a0⟧It\u00a0has a name.
```

```text findings
there is an invisible character here: U+200B (zero width space). Delete it
there are 2 invisible characters here: U+00AD (soft hyphen), U+2060 (word joiner). Delete them
this line has 2 no-break spaces, the first one here; write ordinary spaces, or none where no space belongs
```

## Good

```markdown generated_pages/techniques/T0146.md {escapes=yes}
# Technique T0146: Account Asset

**Summary**: An account \U0001f469\u200d\U0001f4bb of «\u00a0Le Monde\u00a0» with 10\u00a0000 readers.
```
"""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from typing import TYPE_CHECKING

from disarm_lint.model.finding import Harm, Repair, Root, Severity
from disarm_lint.model.text import Text
from disarm_lint.ruleset import NoOptions, Rule, RuleScope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.model.document import Document
    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import PageScope

RULE = Rule(
    code="T503",
    name="invisible-character",
    severity=Severity.WARNING,
    # Those say which id or link the character hides, and how to write the list.
    superseded_by=("L308", "M702", "M703", "R202"),
    harm=Harm.HYGIENE,
    action="replace or delete the character",
    repair=Repair.SAFE,
    scope=RuleScope.PAGE,
)

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffc\U000e0000-\U000e007f]+"
)
# Characters that nobody sees, or that each machine shows as something else.
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_VARIATION = re.compile("[\ufe00-\ufe0f]")
_ODD_SPACE = re.compile("[\u1680\u2000-\u2006\u2008-\u200a\u205f\u3000]")
_EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_NO_BREAK = re.compile("[\u00a0\u202f\u2007]+")
_ANY = re.compile(
    "".join(
        p.pattern.rstrip("+") for p in (_INVISIBLE, _PRIVATE, _VARIATION, _ODD_SPACE, _NO_BREAK)
    ).replace("][", "")
)
_LINE_END = re.compile("[\r\n]")
_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u06ff\u0700-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
)
_JOINED_SCRIPT = re.compile(
    "[\u0600-\u109f\u1780-\u18af\u1900-\u1cff\ua800-\uabff\ufb50-\ufdff\ufe70-\ufefc"
    "\U00010a00-\U00011fff]"
)
_UNSPACED_SCRIPT = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\ua9e0-\uaa7f]")
_PICTURE = re.compile("[\u00a9\u00ae\u203c-\u2bff\u3030-\u3299\ufe0f\u20e3\U0001f000-\U0001faff]")
_TAGGED_FLAG = re.compile("[\U000e0020-\U000e007e]+\U000e007f")
_DIRECTION = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u2066\u2067\u2068\u2069")
_BEFORE_FRENCH = frozenset(":;!?»›%€")
_AFTER_FRENCH = frozenset("«‹")
_ROOT = Root("invisible", "there are invisible characters in {places}", "delete them in {column}")


def check(corpus: PageScope, options: NoOptions) -> Iterator[Finding]:
    """Yield a finding for each run of invisible characters and each line with no-break spaces."""
    del options
    for document in corpus.checked_documents:
        text = document.source.text
        yield from _find_named(document)
        if text.isascii() or _ANY.search(text) is None:
            continue
        for match in _INVISIBLE.finditer(text):
            if not _belongs(text, match, match[0]):
                yield _report_invisible(document, match)
        yield from _find_no_break(document)
        yield from _find_odd(document)


# Spaces and what nobody sees, by their names or numbers, as in HTML that was pasted. The case of
# names counts: readers see `&NBSP;` as it is written.
_NAMED = re.compile(
    r"&(?:nbsp|ensp|emsp|thinsp|shy|zwnj|zwj|lrm|rlm|ZeroWidthSpace|#160|#173|#820[2-7]"
    r"|#[xX]0*(?:[aA][0dD]|200[2-9a-fA-F]));"
)


def _find_named(document: Document) -> Iterator[Finding]:
    """Yield a finding for each `&nbsp;` in the text that people read."""
    if "&" not in document.source.text:
        return
    for piece in document.prose:
        for match in _NAMED.finditer(piece.raw):
            char = unescape(match[0])
            if _belongs(piece.raw, match, char):
                continue
            space = char.isspace()
            what = "write an ordinary space" if space else "delete it"
            yield RULE.at(
                document,
                piece.part(*match.span()),
                f"“{match[0]}” is {_describe(char)}; {what}",
                wrong=f"U+{ord(char):04X}",
                suggestion=" " if space else "",
                severity=Severity.INFO,
                root=_ROOT,
            )


def _find_odd(document: Document) -> Iterator[Finding]:
    """Yield a finding for each odd space, private character and stray variation selector."""
    text = document.source.text
    for pattern in (_PRIVATE, _VARIATION, _ODD_SPACE):
        for match in pattern.finditer(text):
            before = text[match.start() - 1 : match.start()]
            after = text[match.end() : match.end() + 1]
            if any(_EAST_ASIAN.match(other) for other in (before, after)):
                continue
            if pattern is _VARIATION and not (before.isascii() and before.isalpha()):
                continue
            yield _report_odd(document, match)


def _report_odd(document: Document, match: re.Match[str]) -> Finding:
    """Return the finding; what a private character was to be, such as a bullet, nobody knows."""
    char, severity, suggestion = match[0], Severity.WARNING, None
    code = f"U+{ord(char):04X}"
    if _PRIVATE.match(char):
        message = (
            f"each machine shows {code}, a private-use character, as something else or not at "
            "all. Write the character that was meant, or delete it"
        )
    elif _VARIATION.match(char):
        message = f"there is an invisible character here: {_describe(char)}. Delete it"
        suggestion = ""
    else:
        message = f"there is an unusual space here: {_describe(char)}. Write an ordinary space"
        severity, suggestion = Severity.INFO, " "
    return RULE.at(
        document,
        Text(document.source, match.start(), match.end()),
        message,
        wrong=code,
        suggestion=suggestion,
        severity=severity,
        root=_ROOT,
    )


def _report_invisible(document: Document, match: re.Match[str]) -> Finding:
    run = match[0]
    names = [_describe(char) for char in run[:3]]
    listed = ", ".join(names) + (", …" if len(run) > 3 else "")
    if len(run) == 1:
        message = f"there is an invisible character here: {listed}. Delete it"
    else:
        message = f"there are {len(run)} invisible characters here: {listed}. Delete them"
    return RULE.at(
        document,
        Text(document.source, match.start(), match.end()),
        message,
        wrong=" ".join(f"U+{ord(char):04X}" for char in run[:8]),
        suggestion=" " if run[0] in "\u2028\u2029" else "",
        root=_ROOT,
    )


def _describe(char: str) -> str:
    return f"U+{ord(char):04X} ({unicodedata.name(char, 'unnamed').lower()})"


def _belongs(text: str, match: re.Match[str], run: str) -> bool:
    """Tell whether invisible characters, or their names, are right where they stand."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if run == "\u200d" and _PICTURE.match(before) and _PICTURE.match(after):
        return True
    if set(run) <= {"\u200c", "\u200d"}:
        return _JOINED_SCRIPT.match(before) is not None
    if run == "\u200b":
        return any(_UNSPACED_SCRIPT.match(char) for char in (before, after))
    if set(run) <= _DIRECTION:
        near = (
            text[max(0, match.start() - 40) : match.start()] + text[match.end() : match.end() + 40]
        )
        return _RIGHT_TO_LEFT.search(near.replace("\u061c", "")) is not None
    return before == "\U0001f3f4" and _TAGGED_FLAG.fullmatch(run) is not None


def _find_no_break(document: Document) -> Iterator[Finding]:
    text = document.source.text
    end_of_line = -1
    first: re.Match[str] | None = None
    count = 0
    for match in _NO_BREAK.finditer(text):
        if _is_typographic(text, match):
            continue
        if first is not None and match.start() > end_of_line:
            yield _report_no_break(document, first, count)
            first = None
        if first is None:
            line_end = _LINE_END.search(text, match.end())
            first, count, end_of_line = match, 0, line_end.start() if line_end else len(text)
        count += len(match[0])
    if first is not None:
        yield _report_no_break(document, first, count)


def _is_typographic(text: str, match: re.Match[str]) -> bool:
    """Tell whether a no-break space stands where French punctuation or a number has one."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
    if len(match[0]) > 1 or not before or not after:
        return False
    if before in _AFTER_FRENCH or after in _BEFORE_FRENCH:
        return True
    return before.isdecimal() and after.isdecimal()


def _report_no_break(document: Document, first: re.Match[str], count: int) -> Finding:
    text = document.source.text
    around = (
        text[first.start() - 1 : first.start()].strip(),
        text[first.end() : first.end() + 1].strip(),
    )
    between_words = all(around)
    if count == 1:
        what = "write an ordinary space" if between_words else "delete it"
        message = f"there is a no-break space here; {what}"
    else:
        message = (
            f"this line has {count} no-break spaces, the first one here; write ordinary "
            "spaces, or none where no space belongs"
        )
    return RULE.at(
        document,
        Text(document.source, first.start(), first.end()),
        message,
        wrong="no-break space",
        root=Root(
            "no-break space",
            "there are no-break spaces in {places}",
            "delete the no-break spaces in {column} before and after texts, and write ordinary "
            "spaces for those between words",
        ),
        suggestion=" " if between_words else "",
        severity=Severity.INFO,
    )
