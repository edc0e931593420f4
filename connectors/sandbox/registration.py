"""How a participant stands on the sandbox's network: properly, or in one of the ways in which it goes wrong."""

from __future__ import annotations

from typing import Literal

Registered = Literal[
    "properly",
    # another SMP has the document
    "redirect",
    "redirect_twice",
    "redirect_to_stranger",
    "redirect_to_nothing",
    "redirect_by_http",
    # what a good signature may say
    "expired",
    "not_yet_active",
    "other_process",
    "other_transport",
    "by_government_smp",
    "by_government_access_point",
    # answers that lie or contradict each other
    "other_participant",
    "other_document",
    "other_group",
    "listed_but_gone",
    "not_at_smp",
    # signatures that are not good
    "unsigned",
    "tampered",
    "sha1",
    "other_authority",
    "lapsed_certificate",
    # answers that are no answers
    "no_xml",
    "doctype",
    "huge",
    "drip",
    # what the directory says
    "plain_http",
    "private_address",
    "half_private_address",
    "other_port",
    "no_such_host",
    "other_service",
    "many_records",
]
