"""Backups that only the owner of a private key can read, by age or by GnuPG."""

from pathlib import Path
from typing import IO

from clinic.backups.programs import BackupError, find_program, run

AGE, GPG = ".age", ".gpg"
_ADVICE = {"age": "install age", "gpg": "install gnupg"}


def name_ending(recipient: str) -> str:
    """Return what a backup for this public key ends in; "" without a key."""
    if not recipient:
        return ""
    return AGE if recipient.startswith("age1") else GPG


def seal(plain: Path, *, recipient: str, into: IO[bytes]) -> None:
    """Encrypt for a public key: age1… or the fingerprint of a GnuPG key. Raises BackupError."""
    command: list[str | Path]
    if name_ending(recipient) == AGE:
        command = [_find("age"), "--encrypt", "--recipient", recipient, plain]
    else:
        # A fingerprint names one key: nobody has to vouch for it.
        trust = ["--batch", "--no-tty", "--trust-model", "always"]
        command = [_find("gpg"), *trust, "--recipient", recipient, "--output", "-", "--encrypt", plain]
    run(command, stdout=into)


def unseal(sealed: Path, *, identity: Path | None, into: IO[bytes]) -> None:
    """Decrypt with age's file `identity`, or with a key of GnuPG's own. Raises BackupError."""
    if sealed.suffix == AGE:
        if identity is None:
            raise BackupError("This backup is encrypted: name the file with the private key by --identity.")
        run([_find("age"), "--decrypt", "--identity", identity, sealed], stdout=into)
    else:
        run([_find("gpg"), "--quiet", "--output", "-", "--decrypt", sealed], stdout=into)


def is_sealed(path: Path) -> bool:
    return path.suffix in (AGE, GPG)


def _find(name: str) -> Path:
    return find_program(name, advice=_ADVICE[name])
