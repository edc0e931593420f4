"""How one partner's account is reached; secrets are kept out of every representation."""

from __future__ import annotations

from dataclasses import dataclass, field

from connectors.ports import MailSender


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyAccess:
    """What a connector may need; `connectors.collection.partners` says which of it each one does."""

    url: str = ""
    client: str = ""  # who we are there: client, user, or the colleague in whose name messages are sent
    key: str = field(default="", repr=False)
    webhook_secret: str | None = field(default=None, repr=False)
    account: str | None = None  # administration or division at the partner
    host_key: str | None = None  # SFTP: the server's public key, 'ssh-ed25519 AAAA…'
    keeps_files: bool = False  # SFTP: your word that the partner leaves our files where we put them
    certificate: bytes = b""  # e-mail: the partner's certificate, PEM
    to: str = ""  # e-mail: the partner's address
    sender: str = ""  # e-mail: of the seller whose claims they are
    reply_to: str = ""  # left out: the sender
    mail: MailSender | None = None
