import pytest

from corpus import ScanRules, scan
from errors import DocumentError
from extraction import read_contents
from secret_files import SECRET_NAMES, rule_of_head, rule_of_name
from tests.small_documents import document_at


def armoured(kind):
    return f"-----BEGIN {kind}-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END {kind}-----\n"


@pytest.mark.parametrize("pattern", SECRET_NAMES)
def test_name_when_it_is_one_of_the_list_then_the_rule_says_which(pattern):
    name = pattern.replace("*", "some").rstrip("/")
    assert rule_of_name(name, is_folder=pattern.endswith("/")) == f"looks like a secret: {pattern}"
    assert rule_of_name(name.upper(), is_folder=pattern.endswith("/")) != ""
    assert rule_of_name(name, is_folder=not pattern.endswith("/")) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("id_rsa.pub", "server.crt", "ca.pem", "talk.key", "letter.asc", "letter.gpg", ".env.example", "env.txt"),
        *("passwords.py", "wallet.txt", "keys.docx", "credentials.md", "client.json", "netrc.html", "monkeydb"),
    ],
)
def test_name_when_something_innocent_may_have_it_then_there_is_no_rule(name):
    assert rule_of_name(name) == ""


@pytest.mark.parametrize(
    ("what", "text"),
    [
        *(
            ("a private key", armoured(f"{kind}PRIVATE KEY{end}"))
            for kind, end in (("", ""), ("RSA ", ""), ("OPENSSH ", ""), ("ENCRYPTED ", ""), ("PGP ", " BLOCK"))
        ),
        ("a private key", "\n" + armoured("EC PARAMETERS") + armoured("EC PRIVATE KEY")),
        ("a private key", armoured("CERTIFICATE") + armoured("PRIVATE KEY")),
        ("a private key", "Bag Attributes\n    friendlyName: me\n" + armoured("PRIVATE KEY")),
        ("a private key", "PuTTY-User-Key-File-3: ssh-ed25519\n"),
        ("a private key", "# created: 2024\n# public key: age1abc\nAGE-SECRET-KEY-1ABC\n"),
        ("a private key", "[Interface]\nAddress = 10.0.0.2/32\nPrivateKey = abc=\n"),
        ("a private key", '{\n "type": "service_account",\n "private_key": "-----BEGIN PRIVATE KEY-----\\nMII"}'),
        ("a list of passwords", "name,url,username,password,note\nbank,https://bank,me,1234,\n"),
        ("a list of passwords", '\ufeff"Title","URL","Username","Password"\n'),
        ("a list of passwords", "\ufeffurl,username,password\n"),
        ("a list of passwords", "folder;type;login_uri;login_username;login_password\n"),
        ("a list of passwords", '{\n  "encrypted": false,\n  "folders": [],\n  "items": [] }'),
    ],
)
def test_head_when_it_is_that_of_a_secret_then_the_rule_says_what(what, text):
    assert rule_of_head(text.encode()) == f"looks like a secret: {what}"


def test_head_when_it_is_that_of_a_password_store_then_says_so():
    assert rule_of_head(bytes.fromhex("03d9a29a67fb4bb50100")) == "looks like a secret: a password store"


@pytest.mark.parametrize(
    "text",
    [
        armoured("CERTIFICATE"),
        armoured("PUBLIC KEY"),
        armoured("PGP PUBLIC KEY BLOCK"),
        armoured("PGP MESSAGE"),
        "How to make a key. It begins with\n" + armoured("PRIVATE KEY"),
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@home\n",
        "The password of the guest network is on the fridge.\nurl, username\n",
        "name,password policy,url\n",
        f"{'notes,' * 100}url,username,password\n",
        '{"encrypted": true, "items": []}',
        "[Interface]\nAddress = 10.0.0.2/32\n[Peer]\nPrivateKey = no\n",
        "",
    ],
)
def test_head_when_it_is_no_secret_as_a_whole_then_there_is_no_rule(text):
    assert rule_of_head(text.encode()) == ""


def test_scan_when_a_name_is_that_of_a_secret_then_is_left_out_also_without_default_excludes(tmp_path):
    for name in ("safe.kdbx", "id_rsa", "id_rsa.pub"):
        (tmp_path / name).touch()
    for rules in (ScanRules(), ScanRules(default_excludes=False)):
        found = scan(tmp_path, rules)
        assert [document.path.name for document in found.documents] == ["id_rsa.pub"]
        assert found.left_out == {"looks like a secret: *.kdbx": 1, "looks like a secret: id_rsa": 1}


def test_scan_when_a_rule_is_taken_back_then_its_files_count(tmp_path):
    for name in ("safe.kdbx", "id_rsa"):
        (tmp_path / name).touch()
    found = scan(tmp_path, ScanRules(excludes=("!*.kdbx",)))
    assert [document.path.name for document in found.documents] == ["safe.kdbx"]


def test_document_when_it_begins_like_a_secret_then_nothing_of_it_is_read(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text(armoured("PRIVATE KEY"))
    with pytest.raises(DocumentError, match="looks like a secret: a private key") as refused:
        read_contents(document_at(path))
    assert refused.value.reason == "looks like a secret: a private key"
