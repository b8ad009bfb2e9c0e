"""Reading the configuration: what is accepted, and the place of what is not."""

from __future__ import annotations

import json
import textwrap
import time
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from typing import Literal

import pytest
from jsonschema import Draft202012Validator

import disarm_rules
from disarm_lint.config.config import (
    LoadedConfig,
    OptionError,
    build_options,
    list_default_options,
    load_config,
)
from disarm_lint.config.profile import BUILTIN, load_builtin_profile, load_profile
from disarm_lint.model.config import ConfigError
from disarm_lint.model.finding import Severity
from disarm_lint.ruleset import LoadedRule, Rule, load_rules
from support.cli import lint, write_corpus

RULES = load_rules(disarm_rules)
NAME = ".disarm-lint.yaml"


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the rule that the tests make up."""

    at_most: int = 3
    ratio: float = 0.5
    words: tuple[str, ...] = ("a",)
    strict: bool = False
    mode: Literal["fast", "slow"] = "fast"
    colour: Colour = Colour.RED
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.at_most < 0:
            raise ValueError("at-most is below 0")


MADE_UP = LoadedRule(
    Rule("Z999", "made-up", Severity.INFO, options=Options), "Made up.", check=None, review=None
)


def load(root: Path, text: str, name: str = NAME) -> LoadedConfig:
    path = root / name
    path.write_bytes(textwrap.dedent(text).encode("utf-8"))
    return load_config(path, root, (*RULES, MADE_UP), shown=lambda p: p.name)


def refused(root: Path, text: str, name: str = NAME) -> str:
    with pytest.raises(ConfigError) as caught:
        load(root, text, name)
    assert "\n" not in str(caught.value)
    return str(caught.value)


FULL = """\
    # yaml-language-server: $schema=disarm-lint.schema.json
    profile: disarm-2
    include: [docs/**/*.md]
    exclude:
      - generated_pages/drafts/
    select: [ALL]
    ignore: [N402, heading-format]
    severity:
      N401: warning
      bare-name: error
    per-path-ignores:
      "*_index.md": [T5, N401]
    rules:
      made-up: {at-most: 5, ratio: 1, words: [x, y], strict: true, limit: 7}
    retired:
      T0019: T0019.001
      TA03: null
    aliases:
      T0088.001: [AI-Generated Audio, "Deepfakes: audio"]
    glossary:
      organisation: organization
    """


def test_everything_is_read(tmp_path: Path) -> None:
    loaded = load(tmp_path, FULL)
    config = loaded.config
    assert (config.path, config.profile) == (NAME, "disarm-2")
    assert loaded.profile is load_builtin_profile("disarm-2")
    assert [pattern.text for pattern in config.include] == ["docs/**/*.md"]
    assert [pattern.text for pattern in config.exclude] == ["generated_pages/drafts/"]
    assert config.select == ("ALL",)
    assert config.ignore == ("N402", "heading-format")
    assert config.severity == {"N401": Severity.WARNING, "N405": Severity.ERROR}
    ((pattern, selectors),) = config.per_path_ignores
    assert (pattern.text, selectors) == ("*_index.md", ("T5", "N401"))
    assert loaded.options == {"Z999": Options(5, 1.0, ("x", "y"), strict=True, limit=7)}
    assert config.retired == {"T0019": "T0019.001", "TA03": None}
    assert config.aliases == {"T0088.001": ("AI-Generated Audio", "Deepfakes: audio")}
    assert config.glossary == {"organisation": "organization"}


def test_entries_know_where_they_stand(tmp_path: Path) -> None:
    config = load(tmp_path, FULL).config

    def place(key: tuple[str, str]) -> tuple[str, int, int, int, int]:
        location = config.locations[key]
        assert location.span is not None
        span = location.span
        return (location.path, span.line, span.column, span.end_line, span.end_column)

    assert place(("retired", "T0019")) == (NAME, 16, 3, 16, 8)
    assert place(("retired", "TA03")) == (NAME, 17, 3, 17, 7)
    assert place(("aliases", "T0088.001")) == (NAME, 19, 3, 19, 12)
    assert place(("glossary", "organisation")) == (NAME, 21, 3, 21, 15)
    assert len(config.locations) == 4
    span = config.exclude[0].location.span
    assert span is not None
    assert (span.line, span.column, span.end_column) == (5, 5, 28)
    span = config.per_path_ignores[0][0].location.span
    assert span is not None
    assert (span.line, span.column) == (12, 3)


def test_the_same_in_toml(tmp_path: Path) -> None:
    text = """\
        [project]
        name = "x"

        [tool.disarm-lint]
        profile = "disarm-2"
        include = ["docs/**/*.md"]
        exclude = ["generated_pages/drafts/"]
        select = ["ALL"]
        ignore = ["N402", "heading-format"]
        severity = { N401 = "warning", bare-name = "error" }
        rules.made-up = { at-most = 5, ratio = 1, words = ["x", "y"], strict = true, limit = 7 }

        [tool.disarm-lint.per-path-ignores]
        "*_index.md" = ["T5", "N401"]

        [tool.disarm-lint.retired]
        T0019 = "T0019.001"
        TA03 = ""

        [tool.disarm-lint.aliases]
        "T0088.001" = ["AI-Generated Audio", "Deepfakes: audio"]

        [tool.disarm-lint.glossary]
        organisation = "organization"
        """
    (tmp_path / "yaml").mkdir()
    toml, yaml = load(tmp_path, text, "pyproject.toml"), load(tmp_path / "yaml", FULL)
    places = {key: location.span for key, location in toml.config.locations.items()}
    span = places["aliases", "T0088.001"]
    assert span is not None
    assert (span.line, span.column) == (21, 1)
    for key in ("profile", "select", "ignore", "severity", "options", "retired", "aliases"):
        assert getattr(toml.config, key) == getattr(yaml.config, key)
    assert toml.options == yaml.options
    assert [p.text for p in toml.config.include] == ["docs/**/*.md"]


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n", "{}\n", "null\n", "\ufeff"])
def test_an_empty_file_is_no_configuration(tmp_path: Path, text: str) -> None:
    loaded = load(tmp_path, text)
    assert loaded.profile is None
    assert asdict(loaded.config) == asdict(type(loaded.config)(path=NAME))


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("selct: [N401]\n", "1:1: unknown key “selct”; did you mean “select”?"),
        ("select: [N401]\nper_path_ignores: {}\n", "2:1: unknown key “per_path_ignores”; did "
         "you mean “per-path-ignores”?"),
        ("zzz: 1\n", "1:1: unknown key “zzz”; known here: $schema, aliases, baseline, exclude, "
         "glossary, ignore, include, master-data, per-path-ignores, per-path-severity, profile, "
         "retired, rules, select, severity"),
        ("select: N401\n", "1:9: “select” must be a list, not “N401”; write [N401]"),
        ("select:\n  - N401\n  - N4o2\n", "3:5: no rule is called “N4o2”; did you mean “N402”?"),
        ("ignore: [T5, 401]\n", "1:14: each item of “ignore” must be text, not 401; put it in "
         "quotes"),
        ("severity:\n  N401: eror\n", "2:9: “N401” must be one of error, warning, info, not "
         "“eror”; did you mean “error”?"),
        ("severity:\n  name-mismach: error\n", "2:3: no rule is called “name-mismach”; did you "
         "mean “name-mismatch”?"),
        ("per-path-ignores:\n  'é*.md': [T5,  nope]\n", "2:18: no rule is called “nope”; "
         "`disarm-lint rules` lists them"),
        ("aliases:\n  T0001: Name\n", "2:10: “T0001” must be a list, not “Name”; write [Name]"),
        ("aliases:\n  T0001: []\n", "2:10: “T0001” is empty"),
        ("aliases:\n  T0001: [1984]\n", "2:11: each item of “T0001” must be text, not 1984; put "
         "it in quotes"),
        ("retired:\n  T0001: [T0002]\n", "2:10: “T0001” must be text or nothing, not a list"),
        ("glossary: {a: true}\n", "1:15: “a” must be text, not true; put it in quotes"),
        ("glossary:\n- a\n", "2:1: “glossary” must be keys with values, not a list"),
        ("- select\n", "1:1: the file must be keys with values, not a list"),
        ("just words\n", "1:1: the file must be keys with values, not “just words”"),
        ("profile: 2\n", "1:10: “profile” must be text, not 2; put it in quotes"),
        ("profile: disarm-3\n", "1:10: there is no profile “disarm-3”; did you mean “disarm-2”?"),
        ("profile: ../other.yaml\n", "1:10: the profile must be beside this file or below it"),
        ("profile: own.yaml\n", "1:10: there is no profile “own.yaml”; name a file in YAML, or "
         "one of: disarm-1, disarm-2"),
        ("rules:\n  made-up:\n    at-mots: 3\n", "3:5: Z999 has no option “at-mots”; did you mean "
         "“at-most”?"),
        ("rules:\n  Z999: {at-most: many}\n", "2:19: “at-most” must be a whole number, not "
         "“many”"),
        ("rules:\n  Z999: {at-most: true}\n", "2:19: “at-most” must be a whole number, not true"),
        ("rules:\n  Z999: {strict: 1}\n", "2:18: “strict” must be true or false, not 1"),
        ("rules:\n  Z999: {words: [a, 2]}\n", "2:21: each item of “words” must be text, not 2"),
        ("rules:\n  Z999: {mode: medium}\n", "2:16: “mode” must be one of fast, slow, not "
         "“medium”"),
        ("rules:\n  Z999: {colour: blue}\n", "2:18: “colour” must be one of red, not “blue”"),
        ("rules:\n  Z999: {at-most: -1}\n", "2:9: the options of Z999 cannot be: at-most is below "
         "0"),
        ("rules:\n  N401: {x: 1}\n", "2:10: N401 has no options"),
        ("rules:\n  N401: 3\n", "2:9: “N401” must be keys with values, not 3"),
        ("select: [N401]\nselect: [N402]\n", "2:1: “select” appears a second time"),
        ("aliases: {a: [x],\n  a: [y]}\n", "2:3: “a” appears a second time"),
        ("exclude: ['!x']\n", "1:11: a pattern cannot begin with “!”"),
        ("exclude: ['#x']\n", "1:11: “#x” is not a path pattern"),
        ("exclude: ['a*a*a*a*a*b']\n", "1:11: a pattern can hold at most 4 “*”"),
        ("select: [N401\n", "2:1: this is not valid YAML: expected ',' or ']', but got '<stream "
         "end>'"),
        ("profile: a: b\n", "1:11: this is not valid YAML: a second “: ” in a line; put the text "
         "in quotes"),
        ("select:\n\t- N401\n", "2:1: this is not valid YAML: a tab cannot indent a line; use "
         "spaces"),
        ("profile: 'x\n", "2:1: this is not valid YAML: a quotation mark is not closed"),
        ("a: 1\n---\nb: 2\n", "2:1: the file holds a second document; keep one"),
        ("a: *b\n", "1:4: this is not valid YAML: found undefined alias 'b'"),
        ("select: !!python/name:os.system x\n", "1:9: the tag “tag:yaml.org,2002:python/name:"
         "os.system” is not known"),
        ("select: !own [N401]\n", "1:9: the tag “!own” is not known"),
        ("a: \x07\n", "1:4: the character U+0007 cannot be here"),
        ("aliases: &a {b: *a}\n", "1:10: this refers to itself"),
        ("? [a]\n: b\n", "1:3: a key must be text"),
    ],
)  # fmt: skip
def test_errors_have_line_and_column(tmp_path: Path, text: str, error: str) -> None:
    assert refused(tmp_path, text) == f"{NAME}:{error}"


DEEP = "the file nests more than 50 levels deep"


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"select: [\xe9]\n", "1:10: the file is not in UTF-8; save it as UTF-8"),
        ("glossary:\n  é: é # \udcff\n".encode("utf-8", "surrogateescape"),
         "2:10: the file is not in UTF-8; save it as UTF-8"),
        ("a: 1".encode("utf-16"), "1:1: the file is in UTF-16; save it as UTF-8"),
        (b"#" * 4_000_001, "1:1: the file is larger than 4 MB"),
        (b"[" * 20_000, f"1:51: {DEEP}"),
        (b"x: " + b"{y: " * 20_000, f"1:200: {DEEP}"),
        (b"x: " + b"{y: " * 50 + b"1" + b"}" * 50, f"1:200: {DEEP}"),
        (b"x: " + b"{y: " * 49 + b"1" + b"}" * 49, "1:1: unknown key “x”; known here: $schema, "
         "aliases, baseline, exclude, glossary, ignore, include, master-data, per-path-ignores, "
         "per-path-severity, profile, retired, rules, select, severity"),
        (b"x:\n" + b"".join(b" " * n + b"y:\n" for n in range(1, 400)), f"51:51: {DEEP}"),
        (b"".join(b"a%d: &a%d [%s]\n" % (n, n, b"*a%d" % (n - 1) if n else b"x")
                  for n in range(3000)), f"50:6: {DEEP}"),
        (b"select: [" + b", ".join([b"[" * 3000 + b"]" * 3000] * 2) + b"]", f"1:58: {DEEP}"),
        *((b"select: " + number, "1:9: this number is too large")
          for number in (b"9" * 5000, b"-" + b"9" * 101, b"0x" + b"f" * 5000, b"0o" + b"7" * 5000)),
    ],
)  # fmt: skip
def test_errors_of_bytes(tmp_path: Path, data: bytes, error: str) -> None:
    (tmp_path / NAME).write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / NAME, tmp_path, RULES, shown=lambda p: p.name)
    assert str(caught.value) == f"{NAME}:{error}"


def test_references_cannot_blow_up(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    message = refused(tmp_path, "\n".join(lines))
    assert message == f"{NAME}:5:5: this is too large, its references written out"


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        (NAME, "select:\n" + "- N401\n" * 300_000, ":19999:3"),
        (NAME, f"select: [{'N401,' * 300_000}]", ":1:99995"),
        (NAME, "retired:\n" + "".join(f"  T{n}: T1\n" for n in range(200_000)), ":10000:10"),
        ("pyproject.toml", f"[tool.disarm-lint]\nselect = [{chr(34)}N401{chr(34)},"
         f"{'1, ' * 300_000}]", ":1:1"),
        ("pyproject.toml", "[tool.disarm-lint.x]\n" + "".join(f"a{n}=1\n" for n in range(99_000)),
         ":1:1"),
    ],
    ids=["list", "flow", "mapping", "TOML list", "TOML table"],
)  # fmt: skip
def test_too_many_values_are_one_line(tmp_path: Path, name: str, text: str, place: str) -> None:
    (tmp_path / name).write_text(text)
    start = time.process_time()
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path / name, tmp_path, RULES, shown=lambda path: path.name)
    assert str(caught.value) == (
        f"{name}{place}: the file holds more than 20,000 values; no framework needs so many"
    )
    # Far from what all of them would take, however slow the machine is.
    assert time.process_time() - start < 30


def test_a_long_configuration_is_read_in_time(tmp_path: Path) -> None:
    entries = "\n".join(f"  T{n}: T{n + 1}" for n in range(8_000))
    loaded = load(tmp_path, f"retired:\n{entries}\n")
    assert len(loaded.config.locations) == 8_000


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[tool.disarm-lint]\nselect = [\n", "3:1: this is not valid TOML: "),
        ("[tool.disarm-lint]\nselect = ['a' 'b']\n", "2:15: this is not valid TOML: "),
        ("[tool.disarm-lint]\nselct = []\n", "2:1: unknown key “selct”; did you mean “select”?"),
        ("[tool.disarm-lint]\nselect = 'N401'\n", "2:1: “select” must be a list, not “N401”"),
        ("[tool.disarm-lint.severity]\n\n  N401 = 'eror'\n", "3:3: “N401” must be one of "),
        ("[tool]\ndisarm-lint.severity.N401 = 'eror'\n", "2:1: “N401” must be one of "),
        ("[tool.disarm-lint]\naliases = { T1 = 'x' }\n", "2:1: “T1” must be a list, not “x”"),
        ("tool.disarm-lint = 3\n", "1:1: the file must be keys with values, not 3"),
        ("[tool.disarm-lint]\nselect = 2020-01-01\n", "2:1: “select” must be a list, not “2020"),
        (f"[tool.disarm-lint]\n\nselect = [{'9' * 5000}]\n", "3:11: this number is too large"),
        (f"[x]\ny = -{'9' * 5000}\n[tool.disarm-lint]\n", "2:6: this number is too large"),
        (f"[tool.disarm-lint]\nselect = [0x{'f' * 5000}]\n", "2:1: this number is too large"),
        (f"[tool.disarm-lint]\nselect = 0b{'1' * 5000}\n", "2:1: this number is too large"),
        (f"[tool.disarm-lint]\n\n{'.'.join('a' * 3000)} = 1\n", f"3:1: {DEEP}"),
        (f"[tool.disarm-lint]\nselect = [[]]\n[tool.disarm-lint.rules.{'.'.join('a' * 3000)}]\n",
         f"3:2: {DEEP}"),
        (f"[tool.disarm-lint]\nselect = {'[' * 60}{']' * 60}\n", f"2:1: {DEEP}"),
        (f"[tool.disarm-lint]\nselect = {'[' * 3000}{']' * 3000}\n", f"2:60: {DEEP}"),
        (f"[x]\ny = {'[' * 3000}{']' * 3000}\n[tool.disarm-lint]\n", f"2:55: {DEEP}"),
        (f"[tool.disarm-lint]\nrules = {'{a = ' * 60}1{'}' * 60}\n", f"2:1: {DEEP}"),
    ],
)  # fmt: skip
def test_errors_in_toml(tmp_path: Path, text: str, error: str) -> None:
    message = refused(tmp_path, text, "pyproject.toml")
    assert message.startswith(f"pyproject.toml:{error}")


def test_what_others_nest_in_their_tables_is_theirs(tmp_path: Path) -> None:
    text = f"[tool.x.{'.'.join('a' * 3000)}]\ny = 0x{'f' * 5000}\n[tool.disarm-lint]\n"
    assert load(tmp_path, text, "pyproject.toml").config.path == "pyproject.toml"


def test_hostile_toml_is_scanned_in_time(tmp_path: Path) -> None:
    text = (
        "[tool.disarm-lint]\nglossary.a = '''\n" + ". " * 200_000 + "\n" + "." * 200_000 + "'''\n"
    )
    assert "a" in load(tmp_path, text, "pyproject.toml").config.glossary


def test_options_have_defaults() -> None:
    assert list_default_options(MADE_UP) == {
        "at-most": 3,
        "ratio": 0.5,
        "words": ["a"],
        "strict": False,
        "mode": "fast",
        "colour": "red",
        "limit": None,
    }
    assert build_options(MADE_UP, {}) == Options()
    with pytest.raises(OptionError):
        build_options(MADE_UP, {"at_most": 3})


@pytest.mark.parametrize(
    "loaded", [r for r in RULES if list_default_options(r)], ids=lambda r: r.rule.code
)
def test_options_of_the_rules_can_be_configured(loaded: LoadedRule) -> None:
    defaults = list_default_options(loaded)
    assert defaults
    assert build_options(loaded, defaults) == loaded.rule.options()


# Profiles


def test_the_built_in_profiles_are_valid() -> None:
    for name in BUILTIN:
        path = Path(str(files("disarm_schemas").joinpath("profiles", f"{name}.yaml")))
        assert asdict(load_profile(path)) == asdict(load_builtin_profile(name))


OWN = """\
schema_version: 1
name: own
pages: docs
kinds:
  - key: spell
    folder: spells
    forms: [{word: Spell, id: "SP##"}]
    layouts:
      - name: only
        fields:
          - {key: summary, label: Summary, refers_to: spell}
"""


def test_a_profile_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "own.yaml").write_text(OWN)
    profile = load(tmp_path, "profile: profiles/own.yaml\n").profile
    assert profile is not None
    assert (profile.name, profile.pages, profile.kinds[0].key) == ("own", "docs", "spell")


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("refers_to: spell", "refers_to: spel", "11:55: the profile has no kind “spel”; did you "
         "mean “spell”?"),
        ("label: Summary", "lable: Summary", "11:28: unknown key “lable”; did you mean “label”?"),
        ("SP##", "[A-Z]+", "7:31: “id” cannot be “[A-Z]+”: The shape of ids: one to four capital "
         "letters, digits that all share, and a # for each digit, as in T####."),
        ("pages: docs", "pages: ../docs", "3:8: “pages” cannot be “../docs”: A folder inside of "
         "the corpus, as in generated_pages or docs/pages."),
        ("schema_version: 1", "schema_version: 2", "1:17: “schema_version” must be 1, not 2"),
        ("name: own\n", "", "1:1: the key “name” is missing in the file"),
        ("  - key: spell\n", "  - key: Spell\n", "5:10: “key” cannot be “Spell”: A key: small "
         "letters, digits and _."),
        ("label: Summary", "label: [Summary, 3]", "11:45: each item of “label” must be text, not "
         "3; put it in quotes"),
        ("label: Summary", "label: 3", "11:35: “label” must be text or a list, not 3; put it in "
         "quotes"),
    ],
)  # fmt: skip
def test_errors_in_a_profile_stand_in_the_profile(
    tmp_path: Path, old: str, new: str, error: str
) -> None:
    assert old in OWN
    (tmp_path / "own.yaml").write_text(OWN.replace(old, new, 1))
    assert refused(tmp_path, "profile: own.yaml\n") == f"own.yaml:{error}"


# As a process


def test_an_error_is_one_line_on_stderr(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / NAME).write_text("# ü\nselct: [N401]\n")
    for arguments in ((), ("generated_pages/techniques/T0001.md",), ("--output-format", "json")):
        result = lint(*arguments, cwd=corpus)
        assert (result.status, result.out) == (2, "")
        assert result.err == f"{NAME}:2:1: unknown key “selct”; did you mean “select”?\n"
    inside = corpus / "generated_pages"
    assert lint(cwd=inside).err.startswith(f"../{NAME}:2:1: unknown key")
    (corpus / NAME).write_text("\x1b[31m: 1\n")
    assert "\x1b" not in lint(cwd=corpus).err


def test_a_config_that_is_named(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / NAME).write_text("ignore: [ALL]\n")
    (tmp_path / "other.yaml").write_text("select: [N401]\naliases: {T0001: [Reel Name]}\n")
    result = lint("--config", "../other.yaml", "--output-format", "concise", cwd=corpus)
    assert [line.partition(": ")[0] for line in result.lines] == [
        "generated_pages/incidents/I00001.md:3:38"
    ]
    result = lint("--config", "absent.yaml", cwd=corpus)
    assert result.status == 2
    assert result.err == "disarm-lint: there is no configuration file “absent.yaml”\n"


def test_per_path_ignores(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "corpus")
    (corpus / NAME).write_text("per-path-ignores:\n  generated_pages/incidents/: [N4]\n")
    result = lint("--select", "N401", cwd=corpus)
    assert "I00001" not in result.out
    assert result.lines[-2].endswith("; 2 suppressed.")


def test_config_show(tmp_path: Path) -> None:
    from ruamel.yaml import YAML

    corpus = write_corpus(tmp_path / "corpus")
    (corpus / NAME).write_text(
        "select: [N401, L306]\nseverity: {N401: info}\nretired: {T9: null}\n"
    )
    result = lint("config", "show", cwd=corpus / "generated_pages")
    assert (result.status, result.err) == (0, "")
    data = YAML(typ="safe").load(result.out)
    assert (data["root"], data["config"]) == ("..", f"../{NAME}")
    assert (data["profile"], data["profile-detected"]) == ("disarm-1", True)
    assert data["rules-in-force"] == {"L306": "warning", "N401": "info"}
    assert data["retired"] == {"T9": None}
    assert data["rules"]["L306"]["timeout"] == 15.0
    assert YAML(typ="safe").load(lint("config", "show", "corpus", cwd=tmp_path).out)["root"] == (
        "corpus"
    )


def test_the_schema_of_a_profile(tmp_path: Path) -> None:
    schema = json.loads(lint("config", "schema", "--profile", cwd=tmp_path).out)
    assert "kinds" in schema["required"]


def test_config_schema(tmp_path: Path) -> None:
    schema = json.loads(lint("config", "schema", cwd=tmp_path).out)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for name, part in schema["properties"].items():
        assert part["description"], name


@pytest.mark.parametrize("name", ["config", "report", "framework"])
def test_schemas_are_schemas(name: str) -> None:
    text = files("disarm_schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    Draft202012Validator.check_schema(json.loads(text))
