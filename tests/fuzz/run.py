"""Fuzz one target for some time: `python tests/fuzz/run.py pages --seconds 300`.

With atheris installed and `--guided`, coverage guides the bytes; else a random generator
draws them. Each input that breaks a promise is kept in tests/fuzz/corpus/TARGET/, where
the tests find it.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))


def main() -> int:
    """Run a target until the time is over, print the figures, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", help="a name of tests/fuzz/targets.py, such as pages")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guided", action="store_true", help="by coverage, with atheris")
    args = parser.parse_args()
    if args.guided:
        return _run_guided(args.target, args.seconds)
    from fuzz.targets import CORPUS, TARGETS

    if args.target not in TARGETS:
        parser.error(f"the targets are {', '.join(sorted(TARGETS))}")
    target, draw = TARGETS[args.target], random.Random(args.seed)
    found: dict[str, bytes] = {}
    end, number, slowest = time.monotonic() + args.seconds, 0, 0.0
    while time.monotonic() < end:
        data = draw.randbytes(draw.choice([8, 32, 96, 256, 512]))
        number += 1
        # Of the processor: how long a machine that does other things takes says nothing.
        begun = time.process_time()
        try:
            target(data)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            place = traceback.extract_tb(error.__traceback__)[-1]
            key = f"{type(error).__name__} {Path(place.filename).name}:{place.lineno}"
            if key not in found:
                found[key] = data
                print(f"{key}: {str(error)[:200]}")
                _keep(CORPUS / args.target, data)
        slowest = max(slowest, time.process_time() - begun)
    print(
        f"{args.target}: {number:,} inputs in {args.seconds:.0f} s, the slowest {slowest:.2f} s, "
        f"{len(found)} broken promises"
    )
    return 1 if found else 0


def _keep(folder: Path, data: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)


def _run_guided(name: str, seconds: float) -> int:
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["disarm_lint", "disarm_rules"]):
        from fuzz.targets import CORPUS, TARGETS

    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={int(seconds)}", f"-artifact_prefix={folder}/", "-max_len=600"]
    atheris.Setup([sys.argv[0], *options], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
