"""Files that are secrets as a whole: keys, password stores, lists of passwords. Told by name, or by how they begin.

A token somewhere in a normal text is none of its business: detectors of those (detect-secrets 1.5.0, of 2024, and what
looks for leaks in repositories) judge lines by patterns and chance, take milliseconds per file, and are built to be
reviewed. Here no certificate, no public key and no presentation may be left out, so the rules are few and sure.
"""

import codecs
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

SECRET = "looks like a secret: "  # begins every rule of this module

# Names that nothing else has, in lower case: listed in the manual, taken back one by one with `!name`. What ends in
# .pem, .key, .asc or .txt may be a certificate, a presentation or a letter; that is told by how it begins.
SECRET_NAMES = (
    # keys
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    "id_ecdsa_sk",
    "id_ed25519_sk",
    "*.ppk",
    "*.p12",
    "*.pfx",
    "*.jks",
    "*.keystore",
    "secring.gpg",
    "private-keys-v1.d/",
    # password stores
    "*.kdbx",
    "*.kdb",
    "*.psafe3",
    "*.keychain",
    "*.keychain-db",
    "*.agilekeychain/",
    "*.opvault/",
    "*.1pux",
    "*.1pif",
    "*.enpassdb",
    "key3.db",
    "key4.db",
    "logins.json",
    "login data",
    ".password-store/",
    ".gnupg/",
    ".ssh/",
    # passwords of programs
    "*.env",
    ".env.*",
    ".netrc",
    "_netrc",
    ".pgpass",
    "pgpass.conf",
    ".my.cnf",
    ".git-credentials",
    ".htpasswd",
    "credentials.json",
    "client_secret*.json",
    "*.ovpn",
    # lists of passwords
    "passwords.csv",
    "passwords.txt",
    "chrome passwords*.csv",
    "bitwarden_export*",
    "1passwordexport*",
    "lastpass_export*",
    # money
    "wallet.dat",
    "*.wallet",
)
_SAMPLES = (".example", ".sample", ".template", ".dist")  # of what belongs into a file, without a secret

_FOLDERS = tuple(name for name in SECRET_NAMES if name.endswith("/"))
_FILES = tuple(name for name in SECRET_NAMES if not name.endswith("/"))
_FOLDER_ENDS = tuple(name.strip("*/") for name in _FOLDERS)
_WHOLE = frozenset(name for name in _FILES if "*" not in name)
_ENDS = tuple(name[1:] for name in _FILES if name.startswith("*"))
_STARTS = tuple(name.partition("*")[0] for name in _FILES if "*" in name[1:])

_ARMOUR = re.compile(rb"\s*(?:-----BEGIN |Bag Attributes|Key Attributes|subject=|Proc-Type:)")
_PRIVATE = re.compile(rb"^-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----", re.M)
_MARKS = (
    (re.compile(rb"PuTTY-User-Key-File-\d"), "a private key"),
    (re.compile(rb"(?:#[^\n]*\n|\s)*AGE-SECRET-KEY-(?:PQ-)?1"), "a private key"),
    (re.compile(rb"\s*\[Interface\][^\[]*^PrivateKey\s*=", re.M), "a private key"),
    (re.compile(rb"\s*\{[^{}]*\"private_key\"\s*:\s*\"-----BEGIN"), "a private key"),
    (re.compile(rb"\x03\xd9\xa2\x9a[\x65\x66\x67]\xfb\x4b\xb5"), "a password store"),
    (re.compile(rb"\s*\{\s*\"encrypted\"\s*:\s*false\s*,.*\"(?:items|folders)\"", re.S), "a list of passwords"),
)
# Columns of what browsers and password stores export.
_PASSWORDS = frozenset((b"password", b"login_password"))
_USERS = frozenset((b"username", b"login_username", b"user name", b"login name", b"account"))
_PLACES = frozenset((b"url", b"login_uri", b"web site", b"website", b"hostname"))
_LONGEST_HEADER = 500


def rule_of_name(name: str, *, is_folder: bool = False) -> str:
    """Why a file, or a folder, of this name is left out, else "". Of nearly every name it is told in 0.3 µs."""
    lower = name.lower()
    if is_folder:
        return _rule(lower, _FOLDERS) if lower.endswith(_FOLDER_ENDS) else ""
    if lower in _WHOLE or lower.endswith(_ENDS) or lower.startswith(_STARTS):
        return "" if lower.endswith(_SAMPLES) else _rule(lower, _FILES)
    return ""


def rule_of_head(head: bytes) -> str:
    """Why nothing is kept of a file that begins so, else ""."""
    if _ARMOUR.match(head) and _PRIVATE.search(head):
        return f"{SECRET}a private key"
    for mark, what in _MARKS:
        if mark.match(head):
            return SECRET + what
    return f"{SECRET}a list of passwords" if _is_export(head) else ""


def _rule(name: str, patterns: Sequence[str]) -> str:
    return next((SECRET + pattern for pattern in patterns if fnmatchcase(name, pattern.rstrip("/"))), "")


def _is_export(head: bytes) -> bool:
    """Whether it is a table of sites, names and passwords."""
    line = head[:_LONGEST_HEADER].partition(b"\n")[0].removeprefix(codecs.BOM_UTF8)
    if b"password" not in line.lower():
        return False
    columns = {column.strip(b" \"'\r").lower() for column in re.split(rb"[,;\t]", line)}
    return all(columns & known for known in (_PASSWORDS, _USERS, _PLACES))
