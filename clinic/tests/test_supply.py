"""What the product is made of: known licences, a bill of materials, and no secret in the repository."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from detect_secrets import SecretsCollection
from detect_secrets.core.plugins.initialize import from_plugin_classname
from detect_secrets.settings import transient_settings

from clinic.run import ROOT
from clinic.tests.licences import list_packages, read_licence

# May be used and passed on in a product whose own code is under whatever its owner likes. The LGPL's are
# imported as they are, and can be replaced.
ALLOWED = re.compile(
    r"0BSD|Apache|BSD|CNRI-Python|ISC|LGPL-3\.0|MIT|MPL|Mozilla|PSF|Python Software Foundation|Unlicense"
)
# Nothing of these leaves the machine of whoever develops.
TOOLS_ONLY = {"djlint": "GPL-3.0-or-later"}
# What a key of a real service looks like. Not the guesses by entropy and by names, which find every hash.
PLUGINS = [
    {"name": f"{name}Detector"}
    for name in (
        *("AWSKey", "Artifactory", "AzureStorageKey", "BasicAuth", "DiscordBotToken", "GitHubToken"),
        *("GitLabToken", "JwtToken", "Mailchimp", "Npm", "OpenAI"),
        *(
            "PrivateKey",
            "PypiToken",
            "SendGrid",
            "Slack",
            "SquareOAuth",
            "Stripe",
            "TelegramBotToken",
            "TwilioKey",
        ),
    )
]
# Made-up addresses of servers, in texts that say how to write one.
MADE_UP = {"user:password@", "user:word@", "clinic:hidden@127.0.0.1"}


def test_every_licence_is_known_and_allowed() -> None:
    told = {package: read_licence(package) for package in list_packages("requirements.txt")}

    assert len(told) > 40
    assert {package: words for package, words in told.items() if not ALLOWED.search(words)} == {}
    assert {
        package for package, words in told.items() if re.search(r"(?<!L)GPL|Commons|Proprietary$", words)
    } == set()


def test_tools_are_known_too() -> None:
    told = {package: read_licence(package) for package in list_packages("requirements-dev.txt")}

    unknown = {package: words for package, words in told.items() if not ALLOWED.search(words)}
    assert unknown == TOOLS_ONLY


def test_bill_of_materials_names_every_package_with_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "sbom.json"
    step = re.search(r"^sbom:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), flags=re.MULTILINE)
    assert step is not None
    command = step[1].replace("$(BIN)", str(Path(sys.executable).parent)).replace("$(SBOM)", str(file))

    subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, check=True, capture_output=True)

    bill = json.loads(file.read_text())
    named = {one["name"]: one for one in bill["components"]}
    assert set(named) == set(list_packages("requirements.txt"))
    assert all(has_hash(one) and one["version"] and one["purl"] for one in named.values())


def has_hash(component: dict) -> bool:
    return any(reference.get("hashes") for reference in component.get("externalReferences", []))


def scan(*files: str) -> list[str]:
    secrets = SecretsCollection(root=str(ROOT))
    with transient_settings({"plugins_used": PLUGINS}):
        plugins: list[Any] = [from_plugin_classname(plugin["name"]) for plugin in PLUGINS]
        patterns = [pattern for plugin in plugins for pattern in plugin.denylist]
        for file in files:
            text = (ROOT / file).read_text(errors="replace")
            # The library asks line by line, for half a minute; whole files without any are most of them.
            if any(pattern.search(text) for pattern in patterns):
                secrets.scan_file(file)
    return [f"{file}:{found.line_number} {found.type}" for file, found in secrets]


def list_files() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return [file for file in listed.stdout.split("\0") if (ROOT / file).is_file()]


def test_no_file_holds_both_sides_of_a_merge() -> None:
    """Nothing parses a document, so nothing else would notice."""
    sides = re.compile(rb"^(<{7}|>{7}) ", re.MULTILINE)

    assert [file for file in list_files() if sides.search((ROOT / file).read_bytes())] == []


def test_no_key_of_a_service_is_in_the_repository() -> None:
    files = list_files()

    found = [one for one in scan(*files) if not is_made_up(one)]

    assert len(files) > 500
    assert found == []


def is_made_up(found: str) -> bool:
    """Whether the line only shows how an address is written."""
    place, _, _kind = found.partition(" ")
    file, _, number = place.rpartition(":")
    line = (ROOT / file).read_text().splitlines()[int(number) - 1]
    return any(part in line for part in MADE_UP)


@pytest.mark.parametrize(
    "parts",
    [
        ("AKIA", "IOSFODNN7EXAMPLF"),
        ("-----BEGIN RSA ", "PRIVATE KEY-----"),
        ("ghp_", "wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx"),
    ],
)
def test_a_key_would_be_found(tmp_path: Path, parts: tuple[str, str]) -> None:
    file = tmp_path / "notes.txt"
    file.write_text(f"key = {''.join(parts)}\n")

    assert scan(str(file)) != []
