"""The time that a report bears."""

from __future__ import annotations

import os
from datetime import UTC, datetime

_EPOCH = "SOURCE_DATE_EPOCH"


def report_time() -> datetime:
    """Return the time, in UTC; that of $SOURCE_DATE_EPOCH where it is set, for equal reports."""
    epoch = os.environ.get(_EPOCH, "")
    if epoch.isascii() and epoch.isdecimal() and len(epoch) < 12:
        return datetime.fromtimestamp(int(epoch), UTC)
    return datetime.now(UTC)
