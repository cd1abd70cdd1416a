"""Messages as a mail program saves them."""

from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from typing import NamedTuple

# One blank page, written by hand: another PDF library would change the bytes of the message.
EMPTY_PDF = (
    b"%PDF-1.4\n"
    b"1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
    b"2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj\n"
    b"3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >> endobj\n"
    b"xref\n"
    b"0 4\n"
    b"0000000000 65535 f \n"
    b"0000000009 00000 n \n"
    b"0000000058 00000 n \n"
    b"0000000115 00000 n \n"
    b"trailer << /Size 4 /Root 1 0 R >>\n"
    b"startxref\n"
    b"186\n"
    b"%%EOF\n"
)


class Attachment(NamedTuple):
    name: str
    content: bytes  # a PDF


def mail(  # noqa: PLR0913 - the header fields of a message
    subject: str,
    *,
    sender: str,
    to: str,
    date: str,
    body: str = "",
    html: str = "",
    attachment: Attachment | None = None,
) -> bytes:
    """One message with a plain body or an HTML one; `date` is "2024-05-13 07:41", UTC."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = datetime.fromisoformat(date).replace(tzinfo=UTC)
    message["Message-ID"] = f"<{date.replace(' ', '.').replace(':', '')}@brightwater.example>"
    message.set_content((html or body).lstrip("\n"), subtype="html" if html else "plain")
    if attachment:
        message.add_attachment(attachment.content, maintype="application", subtype="pdf", filename=attachment.name)
        message.set_boundary("=-brightwater-boundary-=")  # the library's own is random
    return message.as_bytes()
