"""Mail over SMTP, one conversation per message.

What SMTP proves: a refusal before the message was handed over proves that it was not taken; the answer to its end
proves that it was. Lost in between, only the mailbox that keeps a copy can tell.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from typing import Literal

from connectors.http import NoAnswer
from connectors.mail.archive import Archive, bare_id
from connectors.mail.message import envelope_address, render
from connectors.mail.reports import ANSWERS, Reports
from connectors.ports import Answer, Finding, Found, Mail, Proof, Submission

# What a refusal means, by the moment at which it came; a 4xx is always TRANSIENT (RFC 5321, 4.2.1).
REFUSED = {
    "HELO": Answer.PRECONDITION,
    "STARTTLS": Answer.PRECONDITION,
    "AUTH": Answer.PRECONDITION,
    "MAIL": Answer.PRECONDITION,  # this sender may not send here
    "RCPT": Answer.NOT_DELIVERED,  # the recipient is not there
    "COPY": Answer.PRECONDITION,  # the mailbox that keeps the copies is not there
    "DATA": Answer.REJECTED,  # the message itself is refused
}
TOO_LARGE = 552
ACCEPTED = "accepted by the mail server"


class _Refusal(Exception):
    def __init__(self, moment: str, code: int, text: bytes) -> None:
        super().__init__(moment)
        self.moment, self.code, self.text = moment, code, text


class SmtpSender:
    """A MailSender. `tls` is 'starttls', 'implicit' or, on loopback only, 'none'; the password appears in no answer.

    `blind_copy`: the address of the mailbox that keeps what was sent, where the server keeps no copy of its own.
    """

    name = "smtp"

    def __init__(
        self,
        host: str,
        port: int,
        *,
        archive: Archive,
        reports: Reports | None = None,
        blind_copy: str | None = None,
        username: str | None = None,
        password: str | None = None,
        tls: Literal["starttls", "implicit", "none"] = "starttls",
        timeout: float = 30.0,
    ) -> None:
        if tls == "none" and host not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError(f"mail to {host} must be encrypted: set tls to 'starttls' or 'implicit'")
        self._host, self._port, self._tls, self._timeout = host, port, tls, timeout
        self._username, self._password = username, password
        self._archive, self._reports, self._blind_copy = archive, reports, blind_copy

    def submit(self, mail: Mail) -> Submission:
        """Hand the bytes of `render(mail)` to the server. SUBMITTED is its word that it took them, not delivery."""
        try:
            content = render(mail)
            sender, recipient = envelope_address(mail.sender), envelope_address(mail.to)
        except ValueError as error:
            return Submission(answer=Answer.REJECTED, reason=str(error))
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return self._broken(mail, error, handed_over=False)
        handed_over = False
        try:
            self._open(smtp, mail, sender, recipient, len(content))
            handed_over = True
            smtp.send(_stuffed(content))
            return self._accepted(mail, _expect("DATA", smtp.getreply(), 250))
        except _Refusal as refusal:
            return self._refused(mail, refusal)
        except (OSError, smtplib.SMTPException) as error:
            return self._broken(mail, error, handed_over)
        finally:
            _leave(smtp)

    def status(self, message_id: str) -> Submission:
        """DELIVERED or NOT_DELIVERED by a delivery report, else UNKNOWN: SMTP itself says nothing more."""
        report = self._reports.about(message_id) if self._reports else None
        identity = bare_id(message_id)
        if report is None or report.verdict not in ANSWERS:
            return Submission(answer=Answer.UNKNOWN, partner_id=identity, reason="no report on this mail")
        answer = ANSWERS[report.verdict]
        return Submission(answer=answer, partner_id=identity, reason=report.reason, proofs=(report.proof,))

    def find(self, message_id: str) -> Finding:
        """Was this mail taken? To be asked when the lost conversation has timed out on the server too."""
        reported = self.status(message_id)
        if reported.answer is not Answer.UNKNOWN:
            return Finding(found=Found.TAKEN, submission=reported)
        try:
            copy = self._archive.copy(message_id)
        except NoAnswer:
            return Finding(found=Found.NOT_ASKED)
        if copy is not None:
            proofs = (_copy_proof(copy),)
            found = Submission(answer=Answer.SUBMITTED, partner_id=bare_id(message_id), proofs=proofs)
            return Finding(found=Found.TAKEN, submission=found)
        if not self._archive.complete:
            return Finding(found=Found.CANNOT_TELL)
        return Finding(found=Found.NOT_TAKEN if self._archive.reachable() else Found.NOT_ASKED)

    def check(self) -> str | None:
        """Connects, encrypts and logs in, and sends nothing: the sentence that says what is wrong, or None."""
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            return f"no connection to {self._host}:{self._port} ({type(error).__name__})"
        try:
            self._greet(smtp)
        except _Refusal as refusal:
            words = " ".join(refusal.text.decode(errors="replace").split())[:300]
            return f"{self._host} answered {refusal.code} to {refusal.moment}: {words}"
        except (OSError, smtplib.SMTPException) as error:
            return f"the conversation with {self._host} broke off ({type(error).__name__})"
        finally:
            _leave(smtp)
        return None

    def _connected(self) -> smtplib.SMTP:
        if self._tls == "implicit":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self._host, self._port, timeout=self._timeout, context=context)
        return smtplib.SMTP(self._host, self._port, timeout=self._timeout)

    def _open(self, smtp: smtplib.SMTP, mail: Mail, sender: str, recipient: str, size: int) -> None:
        """Everything up to the server's go-ahead for the message. Raises _Refusal."""
        self._greet(smtp)
        dsn = smtp.has_extn("dsn")
        options = [f"SIZE={size}"] if smtp.has_extn("size") else []
        options += ["RET=HDRS", f"ENVID={_xtext(bare_id(mail.message_id))}"] if dsn else []
        _expect("MAIL", smtp.mail(sender, options), 250)
        _expect("RCPT", smtp.rcpt(recipient, ["NOTIFY=SUCCESS,FAILURE,DELAY"] if dsn else []), 250, 251)
        if self._blind_copy is not None:
            _expect("COPY", smtp.rcpt(self._blind_copy, ["NOTIFY=NEVER"] if dsn else []), 250, 251)
        _expect("DATA", smtp.docmd("DATA"), 354)

    def _greet(self, smtp: smtplib.SMTP) -> None:
        """Says who we are, encrypted and logged in as the settings have it. Raises _Refusal."""
        _expect("HELO", smtp.ehlo(), 250)
        if self._tls == "starttls":
            if not smtp.has_extn("starttls"):
                raise _Refusal("STARTTLS", 502, b"the server offers no encryption")
            self._encrypt(smtp)
            _expect("HELO", smtp.ehlo(), 250)
        if self._username is not None:
            self._log_in(smtp)

    def _encrypt(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.starttls(context=ssl.create_default_context())
        except smtplib.SMTPResponseException as error:
            raise _Refusal("STARTTLS", error.smtp_code, b"encryption was refused") from error

    def _log_in(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.login(self._username or "", self._password or "")
        except smtplib.SMTPAuthenticationError as error:
            raise _Refusal("AUTH", error.smtp_code, b"the user name or password was refused") from error
        except smtplib.SMTPServerDisconnected:
            raise
        except smtplib.SMTPException as error:
            raise _Refusal("AUTH", 502, b"no common way to log in; check the port and the encryption") from error

    def _accepted(self, mail: Mail, words: bytes) -> Submission:
        proof = Proof(kind="mail_accepted", level=ACCEPTED, content=_reply(250, words), mime="text/plain")
        return Submission(answer=Answer.SUBMITTED, partner_id=bare_id(mail.message_id), proofs=(proof,))

    def _broken(self, mail: Mail, error: Exception, handed_over: bool) -> Submission:
        """A conversation that broke off: before the message was handed over nothing was taken."""
        if handed_over:
            answer = Answer.UNKNOWN
        elif isinstance(error, ssl.SSLCertVerificationError):
            answer = Answer.PRECONDITION
        else:
            answer = Answer.TRANSIENT
        reason = f"the conversation with {self._host} broke off ({type(error).__name__})"
        return Submission(answer=answer, partner_id=bare_id(mail.message_id), reason=reason)

    def _refused(self, mail: Mail, refusal: _Refusal) -> Submission:
        words = refusal.text.decode(errors="replace")
        if refusal.code == TOO_LARGE:
            answer = Answer.REJECTED
        else:
            answer = Answer.TRANSIENT if 400 <= refusal.code < 500 else REFUSED[refusal.moment]
        reply = _reply(refusal.code, refusal.text)
        proof = Proof(kind="mail_refusal", level="said by the mail server", content=reply, mime="text/plain")
        return Submission(
            answer=answer,
            partner_id=bare_id(mail.message_id),
            reason=f"{self._host} answered {refusal.code} to {refusal.moment}: {' '.join(words.split())[:300]}",
            proofs=(proof,),
        )


def _expect(moment: str, reply: tuple[int, bytes], *codes: int) -> bytes:
    """The words of the reply; _Refusal where it refuses, SMTPException where it is no answer to what was said."""
    code, text = reply
    if code in codes:
        return text
    if 400 <= code < 600:
        raise _Refusal(moment, code, text)
    raise smtplib.SMTPException(f"unexpected reply {code} to {moment}")


def _leave(smtp: smtplib.SMTP) -> None:
    """QUIT; what it is answered changes nothing about the message."""
    try:
        smtp.quit()
    except (OSError, smtplib.SMTPException):
        smtp.close()


def _stuffed(content: bytes) -> bytes:
    """The message as DATA wants it: leading dots doubled, ended by a dot alone (RFC 5321, 4.5.2)."""
    body = re.sub(rb"(?m)^\.", b"..", content)
    return body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"


def _xtext(text: str) -> str:
    """RFC 3461, 4: printable ASCII except + and =, the rest as +HH."""
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in text)


def _reply(code: int, text: bytes) -> bytes:
    return str(code).encode() + b" " + text


def _copy_proof(copy: bytes) -> Proof:
    return Proof(kind="mail_copy", level=ACCEPTED, content=copy, mime="message/rfc822")
