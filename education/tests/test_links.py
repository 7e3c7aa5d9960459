"""The check of links that lead outside. No test reaches the internet."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from education.editing import links
from education.editing.links import Answer, check_link, is_public

PUBLIC = "93.184.215.14"
ADDRESS = "https://example.org/page"
CHECK = "admin:education_article_links"


class Net:
    """A network by tables: names with their addresses, and what is answered to a method at a place."""

    def __init__(self, answers: dict[str, Answer | Exception], *, names: dict[str, list[str]] | None = None):
        self.answers = answers
        self.names = names or {}
        self.asked: list[tuple[str, str, str, str]] = []

    def resolve(self, host: str) -> list[str]:
        return self.names.get(host, [PUBLIC])

    def ask(self, method: str, host: str, ip: str, path: str) -> Answer:
        self.asked.append((method, host, ip, path))
        answer = self.answers.get(f"{method} {host}{path}") or self.answers[f"{host}{path}"]
        if isinstance(answer, Exception):
            raise answer
        return answer

    def check(self, link: str = ADDRESS) -> str:
        return check_link(link, resolve=self.resolve, ask=self.ask)


@pytest.mark.parametrize(
    "ip",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:93.184.215.14",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2001:0:a00:1::",
        "2001:db8::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12::1",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
    ],
)
def test_address_near_us_is_not_public(ip: str):
    assert not is_public(ip)


@pytest.mark.parametrize("ip", [PUBLIC, "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_address_of_the_internet_is_public(ip: str):
    assert is_public(ip)


@pytest.mark.parametrize(
    "link",
    [
        "http://example.org/",
        "ftp://example.org/",
        "file:///etc/passwd",
        "https://example.org:8443/",
        "https://example.org:99999/",
        "https://user:word@example.org/",
        "https://[::1]/",
        "https://[:.]//",
        "https:///etc",
    ],
)
def test_other_than_plain_https_is_not_followed(link: str):
    net = Net({})

    assert f"{link} was not followed: " in net.check(link)
    assert net.asked == []


@pytest.mark.parametrize("addresses", [["127.0.0.1"], [PUBLIC, "10.0.0.1"], []])
def test_name_with_an_address_near_us_is_not_followed(addresses: list[str]):
    net = Net({}, names={"example.org": addresses})

    assert net.check() == f"{ADDRESS} was not followed: it does not lead to a public address."
    assert net.asked == []


def test_redirect_into_the_house_is_not_followed():
    net = Net(
        {"example.org/page": Answer(302, "https://inside.example/")},
        names={"inside.example": ["192.168.0.1"]},
    )

    assert "was not followed" in net.check()
    assert [host for _method, host, _ip, _path in net.asked] == ["example.org"]


def test_connection_goes_to_the_address_that_was_judged():
    net = Net({"example.org/a%20b?c=%C3%A9": Answer(200)})

    net.check("https://example.org/a b?c=é")

    assert net.asked == [("HEAD", "example.org", PUBLIC, "/a%20b?c=%C3%A9")]


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer(200), f"{ADDRESS} is there."),
        (Answer(404), f"{ADDRESS} is gone (404)."),
        (Answer(410), f"{ADDRESS} is gone (410)."),
        (Answer(503), f"{ADDRESS} answers with an error (503). Open it to see."),
        (Answer(302, "/page"), f"{ADDRESS} leads on and on. Open it and link to where it ends."),
        (TimeoutError(), f"{ADDRESS} did not answer in time."),
        (ssl.SSLCertVerificationError(), f"{ADDRESS} has no valid certificate."),
        (ConnectionRefusedError(), f"{ADDRESS} cannot be reached."),
        (http.client.BadStatusLine("x"), f"{ADDRESS} cannot be reached."),
    ],
)
def test_what_came_is_said_in_a_sentence(answer: Answer | Exception, sentence: str):
    assert Net({"example.org/page": answer}).check() == sentence


def test_new_address_of_a_moved_page_is_named():
    net = Net({"example.org/page": Answer(301, "/new"), "example.org/new": Answer(200)})

    assert net.check() == f"{ADDRESS} has moved to https://example.org/new."


def test_server_that_refuses_head_is_asked_again():
    net = Net({"HEAD example.org/page": Answer(405), "GET example.org/page": Answer(200)})

    assert net.check() == f"{ADDRESS} is there."


@pytest.mark.parametrize("host", ["a..b", "a" * 64 + ".example"])
def test_name_that_is_nobodys_cannot_be_reached(host: str):
    assert check_link(f"https://{host}/", ask=Net({}).ask) == f"https://{host}/ cannot be reached."


def test_real_server_is_asked_by_its_name_and_its_certificate_is_checked(
    house: http.server.HTTPServer, monkeypatch: pytest.MonkeyPatch
):
    # 127.0.0.1 stands for a public address here, and the port of the test for 443.
    monkeypatch.setattr(links, "HTTPS", house.server_port)

    with pytest.raises(ssl.SSLError):
        links.ask_server("HEAD", "house.example", "127.0.0.1", "/")
    trust = ssl.create_default_context(cafile=house.certificate)
    monkeypatch.setattr(ssl, "create_default_context", lambda: trust)
    answer = links.ask_server("HEAD", "house.example", "127.0.0.1", "/from")

    assert answer == Answer(302, "https://house.example/to")
    with pytest.raises(ssl.SSLError):
        links.ask_server("HEAD", "other.example", "127.0.0.1", "/")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[http.server.HTTPServer]:
    """A server that says it is house.example, and sends everybody on."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(302)
            # The usual port does not stand in an address; the one of the test does.
            self.send_header("Location", f"https://{self.headers['Host'].partition(':')[0]}/to")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    certificate = make_certificate(tmp_path, name="house.example")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.certificate = certificate
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def make_certificate(folder: Path, *, name: str) -> str:
    """The path of a file with a key and a certificate for `name`, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "house.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return str(path)


def test_late_link_is_named_and_the_page_does_not_wait(monkeypatch: pytest.MonkeyPatch):
    release = threading.Event()
    monkeypatch.setattr(links, "DEADLINE", 0.05)
    monkeypatch.setattr(links, "check_link", lambda link: release.wait(10))

    try:
        assert links.check_links([ADDRESS]) == [f"{ADDRESS} did not answer in time."]
    finally:
        release.set()


def test_button_names_each_link_and_those_that_were_too_many(
    editor_client: Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(links, "check_link", lambda link: f"{link} is <there>.")
    body = "\n\n".join(f"<https://example.org/{number}/>" for number in range(21))

    page = editor_client.post(reverse(CHECK), {"body": f"{body} [x](/book/)"}).content.decode()

    assert page.count("is &lt;there&gt;.") == 20
    assert "<li>https://example.org/20/</li>" in page


def test_text_without_links_says_so(editor_client: Client):
    page = editor_client.post(reverse(CHECK), {"body": "[x](/book/)"}).content.decode()

    assert "No link leads outside." in page


def test_check_is_by_post_and_for_those_who_may_write(editor_client: Client, client: Client):
    assert editor_client.get(reverse(CHECK)).status_code == 405
    client.force_login(User.objects.create(username="no-rights", is_staff=True))
    assert client.post(reverse(CHECK), {"body": f"<{ADDRESS}>"}).status_code == 403
