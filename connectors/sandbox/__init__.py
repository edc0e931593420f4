"""The partners' twins on loopback, for the demo, for tests and for trying things out."""

from connectors.sandbox.access_point import CREDIT_NOTE, INVOICE, Participant
from connectors.sandbox.faults import Fault
from connectors.sandbox.sandbox import API_KEY, Receipt, Sandbox, SandboxAddresses

__all__ = ["API_KEY", "CREDIT_NOTE", "INVOICE", "Fault", "Participant", "Receipt", "Sandbox", "SandboxAddresses"]
