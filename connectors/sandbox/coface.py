"""Coface on loopback, by the shapes of `connectors.insurance.coface`: tokens and the look-up of a company."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.sandbox.insurers import error
from connectors.sandbox.state import State

USER, API_KEY = "voldaan", "coface-api"
TOKEN = "coface-sandbox-access"  # noqa: S105 - opens nothing but the twin


@dataclass(frozen=True, slots=True)
class Coface:
    state: State
    password: str

    def app(self) -> Starlette:
        routes = [
            Route("/authentication/v1/token", self.token, methods=["POST"]),
            Route("/companies/identifier", self.companies, methods=["GET"]),
        ]
        return Starlette(routes=routes, exception_handlers={HTTPException: error})

    async def token(self, request: Request) -> Response:
        who = await request.json()
        right = (who.get("username"), who.get("password")) == (USER, self.password)
        if not right or request.headers.get("x-api-key") != API_KEY or not request.headers.get("x-cof-policy-number"):
            raise HTTPException(401, "unknown user")
        return JSONResponse({"idToken": TOKEN, "accessToken": "-", "expiresIn": 3600})

    async def companies(self, request: Request) -> Response:
        if request.headers.get("authorization") != TOKEN or request.headers.get("x-api-key") != API_KEY:
            raise HTTPException(401, "the token is missing or has expired")
        known = {"0471938850": 88001, "12345678": 88002}.get(request.query_params.get("identifierValue", ""))
        found = [] if known is None else [{"easyNumber": known, "companyName": "Sandbox NV"}]
        return JSONResponse({"companies": found, "count": len(found)})
