"""`python -m disarm_lint`."""

import sys

try:
    from disarm_lint.cli.main import run_and_exit
except KeyboardInterrupt:
    # As cli.main says it; importing takes long enough to be interrupted.
    sys.exit(130)

if __name__ == "__main__":
    run_and_exit()
