"""The partners' twins on loopback, for the demo, for tests and for trying things out."""

from connectors.sandbox.answers import Says, answer
from connectors.sandbox.bank import Account, Bank, Payment
from connectors.sandbox.faults import Fault
from connectors.sandbox.network import CREDIT_NOTE, INVOICE, Participant
from connectors.sandbox.sandbox import (
    AGENCY_CLIENT,
    AGENCY_SECRET,
    API_KEY,
    INSURER_TOKEN,
    Receipt,
    Sandbox,
    SandboxAddresses,
)

__all__ = [
    "AGENCY_CLIENT",
    "AGENCY_SECRET",
    "API_KEY",
    "CREDIT_NOTE",
    "INSURER_TOKEN",
    "INVOICE",
    "Account",
    "Bank",
    "Fault",
    "Participant",
    "Payment",
    "Receipt",
    "Sandbox",
    "SandboxAddresses",
    "Says",
    "answer",
]
