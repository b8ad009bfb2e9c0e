"""The text rules: what they find beyond their manuals' examples, and what they leave alone."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

import disarm_rules
from disarm_lint.project import lint_contents
from disarm_lint.ruleset import load_rules
from support.published import SEEDS

if TYPE_CHECKING:
    from disarm_lint.model.finding import Finding
    from disarm_lint.ruleset import LoadedRule

PAGE = "generated_pages/techniques/T0146.md"
HEAD = "# Technique T0146: Account Asset\n\n**Summary**: "

SOUND = [
    "Привет, мир! «Цитата» — “пример”… №5, 10 €, Рёв, “Г” РИА Новости™",
    "Ελληνικά: «Καλημέρα» – ΑΘΗΝΑ… “Γ”",
    "Zażółć gęślą jaźń – „cytat”… ŁÓDŹ, ÓŚĆ, źródło”",
    "Nguyễn Ái Quốc, Đặng Thị Ngọc Thịnh, “ƯƠNG ễ ữ”",
    "العربية: مرحبا بالعالم، «اقتباس» ‏123‏, می‌خواهم",
    "“你好”——世界……《书》 「テスト」 한국어 ‘인용’",
    "L’été à «\u00a0Paris\u00a0»\u00a0: déjà vu\u202f; œuvre\u00a0! NOËL’S «ÉTÉ»… À “É”—“Ü” Ö™ SÃO",
    "👩\u200d💻 👨\u200d👩\u200d👧\u200d👦 ❤️\u200d🔥 💀💀💀” “✓ 50°–60°",
    "🏴\U000e0067\U000e0062\U000e007f",
    "İSTANBUL ŞĞÜÖÇİ “ığşçöü” ÞÆÖ “Þ” ȘȚĂÎÂ „citat” Příliš žluťoučký ÁRVÍZTŰRŐ",
    "हिन्दी क्‍ष ภาษา\u200bไทย עברית “שלום”\u200f.",
    "„Größe“ ÄÖÜß – Ü… “Ä” MÜLLER™ naïve café’s – “résumé”… “é”“piñata’; AMANHÃ DE É",
]


@cache
def rules() -> dict[str, LoadedRule]:
    return {loaded.rule.code: loaded for loaded in load_rules(disarm_rules)}


def found(code: str, text: str | bytes, path: str = PAGE) -> list[Finding]:
    return list(lint_contents({path: text}, [rules()[code]]).outcome.findings)


def mended(code: str, text: str) -> str:
    """Return a text with the fixes of a rule applied."""
    lines = text.split("\n")
    edits = [edit for f in found(code, text) for edit in (f.fix.edits if f.fix else ())]
    for edit in reversed(edits):
        span = edit.location.span
        assert span is not None
        assert span.line == span.end_line
        line = lines[span.line - 1]
        lines[span.line - 1] = (
            line[: span.column - 1] + edit.replacement + line[span.end_column - 1 :]
        )
    return "\n".join(lines)


@pytest.mark.parametrize("code", ["T501", "T502", "T503", "T504", "T505"])
@pytest.mark.parametrize("text", [*SOUND, "\n".join(SOUND)])
def test_sound_text_in_many_languages(code: str, text: str) -> None:
    assert found(code, HEAD + text + "\n") == []


@pytest.mark.parametrize("encoding", ["cp437", "cp1251", "cp1250", "mac_roman", "cp1252"])
def test_a_page_damaged_throughout(encoding: str) -> None:
    text = HEAD + "The Account’s café – naïve… in Łódź: «été», 5 €. ø ã ä š Привет 😀\n"
    raw = text.encode()
    damaged = "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in raw)
    assert mended("T502", damaged) == text


@pytest.mark.parametrize("encoding", ["mac_roman", "cp1252", "latin-1"])
@pytest.mark.parametrize("letter", "’“–…éüñ•€£")
def test_one_damaged_sequence_in_a_sound_page(encoding: str, letter: str) -> None:
    raw = letter.encode()
    damage = "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in raw)
    text = HEAD + "A “real” account – in Zürich, naïve’s…\n\n" + "\n".join(SOUND) + "\nthe user{}s."
    assert mended("T502", text.format(damage)) == text.format(letter)


def test_one_encoding_of_a_page_explains_its_other_runs() -> None:
    # `√∏` alone might be mathematics.
    assert found("T502", HEAD + "“√∏” is a product") == []
    assert mended("T502", HEAD + "“it‚Äôs” K√∏benhavn") == HEAD + "“it’s” København"


@pytest.mark.parametrize(
    "text",
    [
        "می&zwnj;خواهم",
        "می&#8204;خواهم",
        "क्&zwj;ष",
        "שלום&lrm; (a)",
        "&rlm;שלום",
        "ไทย&ZeroWidthSpace;ไทย",
    ],
)
def test_named_characters_belong_where_the_characters_do(text: str) -> None:
    assert found("T503", HEAD + text) == []


@pytest.mark.parametrize("text", ["abc&zwnj;def", "abc&lrm; def", "T0146&#x200b;: Account"])
def test_named_characters_elsewhere_are_to_be_deleted(text: str) -> None:
    (finding,) = found("T503", HEAD + text)
    assert finding.suggestion == ""


def test_lost_letters_have_no_suggestion() -> None:
    (finding,) = found("T502", HEAD + "Zoë caf\ufffd and 5\ufffd\ufffd")
    assert finding.suggestion is None


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("mac_roman", "Mac Roman"), ("cp437", "DOS code page 437"), ("cp1252", "Windows-1252")],
)
def test_a_file_that_was_opened_wrongly_is_one_finding(encoding: str, name: str) -> None:
    text = HEAD + "The user’s café.\n\nIt’s naïve – “so”…\n\nPlain.\n\nSeñor Müller.\n"
    damaged = "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in text.encode("utf-8"))
    (finding,) = found("T502", damaged)
    wrong = "".join(bytes([b]).decode(encoding, "ignore") or chr(b) for b in "’".encode())
    assert finding.message == (
        f"this whole file was opened as {name} instead of UTF-8, and saved so: “{wrong}” should "
        f"be “’”, and so on in 3 lines. `disarm-lint fix` repairs it; or save it as {name} and "
        "open that as UTF-8"
    )
    assert finding.location.span is not None
    assert (finding.location.span.line, finding.location.span.column) == (3, 22)
    assert mended("T502", damaged) == text


def test_damage_beside_sound_letters_is_told_line_by_line() -> None:
    text = HEAD + "The user‚Äôs profile.\n\nIt‚Äôs yours.\n\nIn Zürich, “so”…\n"
    assert len(found("T502", text)) == 2


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp1252", "Windows-1252"), ("mac_roman", "Mac Roman"), ("cp437", "DOS code page 437")],
)
def test_a_file_in_another_encoding_is_named(encoding: str, name: str) -> None:
    text = HEAD + "The café in Zürich, naïve señor.\n"
    if encoding != "cp437":
        text += "It’s “so” – he said…\n"
    (finding,) = found("T501", text.encode(encoding))
    byte = "é".encode(encoding)[0]
    others = sum(not char.isascii() for char in text) - 1
    assert finding.message == (
        f"this file is not UTF-8 but, it seems, {name}: the byte 0x{byte:02X} is “é”, and {others} "
        f"others make sense too. Open it as {name} and save it as UTF-8"
    )


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Jiří Novák", "cp1250"),
        ("Město Brno žaluje", "cp1250"),
        ("Byłem w Łodzi", "cp1250"),
        ("dzień dobry", "cp1250"),
        ("naïve señor, très bien", "cp1252"),
        ("Søren går à la plage", "cp1252"),
        ("l’été – señor", "mac_roman"),
        ("naïve – señor", "mac_roman"),
    ],
)
def test_of_two_encodings_the_one_whose_words_are_right_is_named(text: str, encoding: str) -> None:
    names = {"cp1250": "Windows-1250", "cp1252": "Windows-1252", "mac_roman": "Mac Roman"}
    (finding,) = found("T501", (HEAD + text + "\n").encode(encoding))
    assert finding.message.endswith(f"Open it as {names[encoding]} and save it as UTF-8")


@pytest.mark.parametrize(
    ("text", "encoding", "pair"),
    [
        ("večer", "cp1250", "0xE8 is “è” in Windows-1252 and “č” in Windows-1250"),
        ("Genève", "cp1252", "0xE8 is “è” in Windows-1252 and “č” in Windows-1250"),
        ("São Müller", "cp1252", "0xE3 is “ã” in Windows-1252 and “ă” in Windows-1250"),
    ],
)
def test_where_two_encodings_make_words_both_are_named(text: str, encoding: str, pair: str) -> None:
    (finding,) = found("T501", (HEAD + text + "\n").encode(encoding))
    assert finding.message == (
        f"this file is not UTF-8 but Windows-1252 or Windows-1250: the byte {pair}. Open it in "
        "the one in which its words are right, and save it as UTF-8"
    )


def test_bytes_that_make_sense_in_no_encoding_are_not_explained() -> None:
    (finding,) = found("T501", (HEAD + "The caf").encode() + b"\xd0\xb1\x81 \x9d1\n")
    assert finding.message.endswith("in this file. Save the file as UTF-8")


@pytest.mark.parametrize("text", ["Привет, мир и все", "Όταν ήρθε ο καιρός"])
def test_letters_of_another_script_are_not_taken_for_ours(text: str) -> None:
    encoding = "cp1251" if text.startswith("П") else "cp1253"
    (finding,) = found("T501", HEAD.encode() + text.encode(encoding) + b"\n")
    assert finding.message.endswith("in this file. Save the file as UTF-8")


def test_a_byte_beside_utf8_is_not_told_to_open_the_file_otherwise() -> None:
    (finding,) = found("T501", (HEAD + "In Zürich, caf").encode() + b"\xe9.\n")
    assert finding.message == (
        "the byte 0xE9 is not UTF-8 (in Windows-1252 it is “é”). Save the file as UTF-8"
    )


@pytest.mark.corpus("seeds")
def test_every_damaged_line_of_the_published_sample() -> None:
    from ftfy import fix_encoding

    samples = [path for path in SEEDS.iterdir() if "‚Äô" in path.read_text("utf-8")]
    assert samples
    for path in samples:
        text = path.read_text("utf-8")
        assert mended("T502", text) == fix_encoding(text)


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("a\u200bb", ""),
        ("a\u200db", ""),
        ("a\u202eb", ""),
        ("שלום\u202e", ""),
        ("a\u2066b\u2069", ""),
        ("one\u2028two", " "),
        ("a\ufeffb", ""),
        ("two\u00a0words", " "),
        ("end.\u00a0 Next", ""),
        ("end.\u00a0<br>", " "),
        ("two\u00a0\u00a0words", " "),
    ],
)
def test_invisible_characters(text: str, suggestion: str) -> None:
    first = found("T503", HEAD + text + "\n")[0]
    assert first.suggestion == suggestion
    assert str(first.severity) == ("info" if "\u00a0" in text else "warning")


def test_no_break_spaces_are_one_finding_a_line() -> None:
    text = "one\u00a0two\u00a0three\nfour\u00a0five"
    assert len(found("T503", HEAD + text)) == 2


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("a\x00b", ""),
        ("it\x92s", "’"),
        ("\x93a", "“"),
        ("a\x0cb", " "),
        ("a \x0b b", ""),
        ("\x81", ""),
    ],
)
def test_control_characters(text: str, suggestion: str) -> None:
    (finding,) = found("T504", HEAD + text)
    assert finding.suggestion == suggestion
    assert finding.message.isprintable()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"a\r\nb\r\n", "CRLF"),
        (b"a\nb\r\nc\r\n", "2 in CRLF, 1 in LF"),
        (b"a\rb\r", "CR"),
    ],
)
def test_line_ends(text: bytes, says: str) -> None:
    (finding,) = found("T505", text)
    assert says in finding.message
    span = finding.location.span
    assert span is not None
    assert (span.line, span.column) == ((2, 2) if text.startswith(b"a\nb") else (1, 2))
    assert span.end_column == span.column


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("﻿# x".encode(), "byte order mark"),
        ("# x".encode("utf-16"), "UTF-16"),
        ("# é".encode("latin-1"), "0xE9"),
        (b"\xef\xbb\xbf# \xe9\xe8 \xff", "nor are 2 others"),
    ],
)
def test_encodings(data: bytes, says: str) -> None:
    (finding,) = found("T501", data)
    assert says in finding.message


def test_bytes_that_are_not_utf8_are_no_control_characters() -> None:
    assert found("T504", HEAD.encode() + b"a\x81b") == []


@pytest.mark.parametrize("unit", ["It‚Äôs √∏ “x” ", "Ã", "\u00a0a", "\u200b.", "\x00a", "é"])
def test_much_of_the_same_is_no_burden(unit: str) -> None:
    text = HEAD + unit * (1_000_000 // len(unit)) + "\n"
    damaged = found("T502", text)
    assert len(damaged) == ("‚Äô" in unit)
