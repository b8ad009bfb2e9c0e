"""`python -m disarm_lint`."""

from disarm_lint.cli.main import entry

if __name__ == "__main__":
    entry()
