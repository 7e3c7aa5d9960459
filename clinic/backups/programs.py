"""Other people's programs, run without a shell, and what they say when they fail."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO


class BackupError(Exception):
    """Why it did not work, as one sentence for whoever runs the command. Never quotes a row or a password."""


def find_program(name: str, *, advice: str) -> Path:
    """Return where a program is. Raises BackupError with the advice how to get it."""
    found = shutil.which(name)
    if found is None:
        raise BackupError(f"There is no {name} on this machine: {advice}.")
    return Path(found)


def run(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> bytes:
    """Run a program to its end; return what it wrote, unless that went to `stdout`.

    Raises BackupError with the first line that it complained in.
    """
    done = subprocess.run(
        command,
        env=env,
        stdin=stdin or subprocess.DEVNULL,
        stdout=stdout or subprocess.PIPE,
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise BackupError(complain(Path(command[0]).name, done.stderr))
    return done.stdout or b""


def complain(program: str, told: bytes) -> str:
    """Word the failure of a program by its first error. Later lines go into detail, and may quote rows."""
    lines = told.decode(errors="replace").strip().splitlines() or ["no reason given"]
    first = next((line for line in lines if "error" in line.lower()), lines[0])
    return f"{program} failed: {first.removeprefix(f'{program}: ').removeprefix('error: ')}"
