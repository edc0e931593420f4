"""Coface CofaServe: the number of a company by its API; arrears, claims and limits by file.

Documented by Coface (biz.coface.com/Cofaserve, read November 2026): the services COMPANY, PRODUCT, NOTIFICATION,
OVERDUE and POLICY, OAuth2 with a token that goes with an API key, the contract's number with every call, the
EasyNumber of a company. Provisional, from clients of others: the token (POST /authentication/v1/token), the look-up
(GET /companies/identifier) and their field names. How arrears are declared and limits read is not public, so they are
laid ready as files, and limits are imported.
"""

from __future__ import annotations

import json
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, Field

from connectors.filing import Filing, FilingKind
from connectors.http import NoAnswer, Reply, answered, base, call, client
from connectors.insurance.file_export import FileInsurer
from connectors.insurance.tokens import SHORTEST, Token, Tokens
from connectors.ports import Access, ClaimStatus, Cover, Finding, Submission

COUNTRIES = {"BE": ("BEL", "BCE_BEL"), "NL": ("NLD", "KVK_NLD")}


class _Token(BaseModel):
    idToken: str = Field(min_length=1)
    expiresIn: int = SHORTEST


class _Company(BaseModel):
    easyNumber: str | int


class _Companies(BaseModel):
    companies: list[_Company]


class Coface:
    """A CreditInsurer. Of `access`: `account` and `key` are user and password, `secret` the API key."""

    name = "Coface"

    def __init__(self, access: Access, policy: str, files: FileInsurer, http: httpx.Client | None = None) -> None:
        self._base, self._access, self._policy, self._files = base(access.url), access, policy, files
        self._http = http or client(access.url)
        self._tokens = Tokens(self.name, self._authorize, token_in)

    def submit(self, filing: Filing, key: str) -> Submission:
        return self._files.submit(filing, key)

    def status(self, partner_id: str, kind: FilingKind = "overdue") -> Submission:
        return self._files.status(partner_id, kind)

    def find(self, key: str, filing: Filing) -> Finding:
        return self._files.find(key)

    def covers(self, policy: str) -> tuple[Cover, ...] | None:
        return None

    def claim(self, partner_id: str) -> ClaimStatus | None:
        return None

    def identify(self, country: str, registration: str) -> str | None:
        """The EasyNumber of a Belgian or Dutch company by its KBO or KvK number. Raises NoAnswer."""
        if country not in COUNTRIES:
            return None
        code, kind = COUNTRIES[country]
        query = urlencode({"countryCode": code, "identifierType": kind, "identifierValue": registration})

        def send(token: str) -> Reply:
            headers = {**self._headers, "authorization": token}
            return call(self._http, "GET", f"{self._base}/companies/identifier?{query}", headers)

        reply = self._tokens.using(send, self._access.key)
        found = answered(self.name, reply, self._access.key).read(_Companies)
        return str(found.companies[0].easyNumber) if found is not None and len(found.companies) == 1 else None

    def check(self) -> str | None:
        try:
            self._tokens.get(self._access.key)
        except NoAnswer as error:
            return str(error)
        return None

    @property
    def _headers(self) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "x-api-key": self._access.secret or "",
            "x-cof-policy-number": self._policy,
        }

    def _authorize(self) -> Reply:
        who = {"username": self._access.account, "password": self._access.key, "grant_type": "password"}
        url = f"{self._base}/authentication/v1/token"
        return call(self._http, "POST", url, self._headers, content=json.dumps(who).encode())


def token_in(reply: Reply) -> Token | None:
    found = reply.read(_Token)
    return None if found is None else Token(access_token=found.idToken, expires_in=found.expiresIn)
