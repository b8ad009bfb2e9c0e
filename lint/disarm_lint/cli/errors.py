"""What stops a command."""


class Failure(Exception):  # noqa: N818 - it ends a command as asked, it is no bug
    """A command cannot be carried out; the message is one line that says what to do."""
