"""A URL that does not answer.

Reports and news pages move and vanish, and a framework that cites them loses its
evidence. This rule asks the network, so it is off unless you select it, and it needs
the extra `urls`: `pip install 'disarm-lint[urls]'`, from a checkout `pip install
'.[urls]'`. Each URL is requested once, with HEAD and then, if that got no clear yes,
with GET. Requests to one host are spaced out, and answers are remembered for some days.

Only definite failures count: the host does not exist, its server refuses the
connection or has no valid certificate, or it answers 404 or 410. A server that
forbids (403), is busy (429) or in trouble (500 and above) proves nothing. If no server
answered at all, the machine may be offline, and no URL is reported. Only `http` and
`https` URLs are requested, and never an address of a private network, unless the
command line has `--allow-private`. No configuration can allow it: whoever edits the
configuration could otherwise send the linter into networks that they cannot reach.

The message names what is wrong; an archived copy (web.archive.org) is the
usual fix.

## Bad

```markdown generated_pages/incidents/I00064.md {dead=https://www.example.org/gone}
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder, says [a report](⟦https://www.example.org/gone⟧).
```

```text findings
this URL is dead: it answers 404 Not Found
```

## Good

```markdown generated_pages/incidents/I00064.md {dead=https://www.example.org/gone}
# Incident I00064: Tinder nightmares

* **Summary:** Bots on Tinder, says [a report](https://www.example.org/report).
```
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from disarm_lint.corpus.reference import Manners, UrlStatus
from disarm_lint.model.finding import Harm, Severity
from disarm_lint.ruleset import Rule
from disarm_rules._links import list_links
from disarm_rules._urls import find_external_fault, is_defanged

if TYPE_CHECKING:
    from collections.abc import Iterator

    from disarm_lint.corpus.corpus import Corpus
    from disarm_lint.model.document import Document, Link
    from disarm_lint.model.finding import Finding

RULE = Rule(
    code="L306",
    name="dead-url",
    severity=Severity.WARNING,
    default=False,
    superseded_by=("L305",),
    online=True,
    harm=Harm.ASTRAY,
    action="find where the page has gone, or link to an archived copy",
    options=Manners,
)


def check(corpus: Corpus, options: Manners) -> Iterator[Finding]:
    """Yield a finding for each link to a URL that is dead; none without a prober."""
    prober = corpus.context.prober
    if prober is None:
        return
    asked: list[tuple[Document, Link, str]] = []
    for document, link in list_links(corpus):
        url = link.web_address
        if url is not None and find_external_fault(url) is None and not is_defanged(url):
            asked.append((document, link, url))
    answers = prober.ask(sorted({url for _, _, url in asked}), options)
    for document, link, url in asked:
        answer = answers.get(url)
        if answer is not None and answer.verdict is UrlStatus.DEAD:
            yield RULE.at(
                document,
                link.target,
                f"this URL is dead: {answer.reason}",
                subject=url,
            )
