"""`disarm-lint urls`: the web addresses of a corpus, and where they stand, for link checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from disarm_lint import __version__
from disarm_lint.cli.arguments import build_urls_parser
from disarm_lint.cli.streams import write_out

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TextIO

    from disarm_lint.cli.session import Session
    from disarm_lint.cli.targets import Opened
    from disarm_lint.model.text import Location

    # The places of each address, with their paths as shown.
    Addresses = Mapping[str, Sequence[Location]]

SCHEMA_VERSION = 1


def run_urls(arguments: Sequence[str]) -> int:
    """Print the addresses and return the exit status."""
    args = build_urls_parser().read(arguments)
    from disarm_lint.cli.session import start_session

    session = start_session(config=args.config, include_orphans=args.include_orphans)
    addresses = collect_addresses(session, args.paths)
    render = FORMATS[args.output_format]
    # Whatever the locale: other programs read this.
    syntax: Literal["text", "own"] = "text" if args.output_format == "text" else "own"
    write_out(lambda stream: render(addresses, stream), "utf-8", syntax=syntax)
    return 0


def collect_addresses(session: Session, paths: Sequence[str]) -> Addresses:
    """Return the `http` and `https` addresses that paths hold, sorted, with their places in order.

    An address is as the link means it: without the escapes of Markdown or HTML, and
    without spaces around it. Raises Failure for what `check` refuses.
    """
    return sort_places(
        pair for opened in session.open(paths) for pair in _list_addresses(session, opened)
    )


def sort_places(pairs: Iterable[tuple[str, Location]]) -> Addresses:
    """Return addresses, sorted, with their places in order; a place counts once."""
    found: dict[str, set[Location]] = {}
    for address, location in pairs:
        found.setdefault(address, set()).add(location)
    return {
        address: sorted(found[address], key=lambda location: location.order)
        for address in sorted(found)
    }


def _list_addresses(session: Session, opened: Opened) -> Iterable[tuple[str, Location]]:
    from disarm_lint.cli.targets import check_not_empty

    corpus = session.read(opened)
    check_not_empty(opened, corpus, session.current, allow_empty=False)
    root = opened.target.root
    for document in corpus.checked_documents:
        if not (opened.whole or opened.target.names(document.path)):
            continue
        shown = session.show_path(root / document.path)
        for link in document.links:
            address = link.web_address
            if address is not None:
                yield address, replace(link.target.location, path=shown)


def _render_text(addresses: Addresses, stream: TextIO) -> None:
    """Write each address and below it its places; what no reader can see is shown by number."""
    from disarm_lint.report.report import format_place
    from disarm_lint.report.terminal import Charset

    show = Charset("utf-8").show_line
    for address, places in addresses.items():
        stream.write(f"{show(address)}\n")
        for place in places:
            stream.write(f"    {show(format_place(place.path, place.span, place.cell))}\n")


def _render_plain(addresses: Addresses, stream: TextIO) -> None:
    """Write an address a line, as other checkers read lists; spaces and controls are encoded.

    So are the brackets of what a CI server would take for a command.
    """
    from urllib.parse import quote

    from disarm_lint.report.terminal import neutralise_address

    for address in addresses:
        plain = "".join(
            quote(char) if char.isspace() or not char.isprintable() else char for char in address
        )
        stream.write(f"{neutralise_address(plain)}\n")


def _render_json(addresses: Addresses, stream: TextIO) -> None:
    from disarm_lint.report.data import encode_cell, encode_span, encode_tool, write_json

    data: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "tool": encode_tool(__version__),
        "addresses": [
            {
                "url": address,
                "places": [
                    {
                        "path": place.path,
                        **encode_span(place.span),
                        "cell": encode_cell(place.cell),
                    }
                    for place in places
                ],
            }
            for address, places in addresses.items()
        ],
    }
    write_json(data, stream)


FORMATS: dict[str, Callable[[Addresses, TextIO], None]] = {
    "text": _render_text,
    "plain": _render_plain,
    "json": _render_json,
}
