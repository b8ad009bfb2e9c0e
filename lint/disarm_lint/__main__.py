"""`python -m disarm_lint`."""

from disarm_lint.cli.main import run_and_exit

if __name__ == "__main__":
    run_and_exit()
