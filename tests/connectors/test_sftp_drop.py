"""The SFTP drop: one file per key, read back, renamed last, and honest about what its absence proves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from connectors.collection.access import AgencyAccess
from connectors.collection.sftp import SftpDrop, stem
from connectors.http import NoAnswer
from connectors.ports import Answer, Found
from connectors.sandbox.sftp import PASSWORD, USER, SftpTwin
from tests.connectors.claim_samples import dossier, news

KEY = "vdb/handover/C-1/1"


@pytest.fixture
def twin(tmp_path: Path) -> Iterator[SftpTwin]:
    with SftpTwin(tmp_path / "server") as one:
        yield one


def drop(twin: SftpTwin, **changes: Any) -> SftpDrop:
    given = {"url": twin.url, "client": USER, "key": PASSWORD, "host_key": twin.host_key, **changes}
    return SftpDrop(AgencyAccess(**given))


def files(twin: SftpTwin) -> list[str]:
    return sorted(path.name for path in (twin.folder / "in").iterdir())


def test_a_claim_is_laid_once_under_its_name_and_found_again(twin: SftpTwin) -> None:
    partner = drop(twin)
    assert partner.check() is None
    for _ in range(2):
        assert partner.submit(dossier(), "claim.zip", KEY).answer is Answer.DELIVERED
    assert files(twin) == [f"{stem(KEY)}-claim.zip"]
    assert (twin.folder / "in" / files(twin)[0]).read_bytes() == dossier()
    assert partner.find(KEY, dossier()).found is Found.TAKEN


def test_another_file_under_the_name_is_never_overwritten(twin: SftpTwin) -> None:
    partner = drop(twin)
    partner.submit(dossier(), "claim.zip", KEY)
    assert partner.submit(dossier("1.00"), "claim.zip", KEY).answer is Answer.UNKNOWN
    assert partner.find(KEY, dossier("1.00")).found is Found.CANNOT_TELL
    assert (twin.folder / "in" / files(twin)[0]).read_bytes() == dossier()


def test_what_its_absence_proves(twin: SftpTwin) -> None:
    assert drop(twin).find(KEY, dossier()).found is Found.CANNOT_TELL, "the partner may have moved it away"
    assert drop(twin, keeps_files=True).find(KEY, dossier()).found is Found.NOT_TAKEN
    (twin.folder / "in" / f".{stem(KEY)}-claim.part").write_bytes(b"half")
    assert drop(twin).find(KEY, dossier()).found is Found.NOT_TAKEN, "it is renamed last"
    assert drop(twin).submit(dossier(), "claim.zip", KEY).answer is Answer.DELIVERED
    (twin.folder / "in" / f"{stem(KEY)}-claim.zip").unlink()
    (twin.folder / "ack" / f"{stem(KEY)}.json").write_text("{}")
    assert drop(twin).find(KEY, dossier()).found is Found.TAKEN, "the partner speaks of it"


def test_updates_lie_beside_it_and_a_recall_is_only_laid(twin: SftpTwin) -> None:
    partner = drop(twin)
    claim = partner.submit(dossier(), "claim.zip", KEY).partner_id or ""
    assert partner.update(claim, news("payment"), "u").answer is Answer.DELIVERED
    assert partner.withdraw(claim, news("recall"), "r").answer is Answer.SUBMITTED
    assert partner.find_update(claim, news("payment"), "u").found is Found.TAKEN
    assert len(files(twin)) == 3 and all(name.startswith(claim) for name in files(twin))


def test_the_partners_word_in_ack_is_the_contracts(twin: SftpTwin) -> None:
    partner = drop(twin)
    claim = partner.submit(dossier(), "claim.zip", KEY).partner_id or ""
    with pytest.raises(NoAnswer, match="says nothing"):
        partner.status(claim)
    word = {"id": "X", "key": KEY, "sha256": "0" * 64, "state": "active", "collected": "10.00", "fees": "1.00"}
    (twin.folder / "ack" / f"{claim}.json").write_text(json.dumps(word))
    found = partner.status(claim)
    assert (found.state, str(found.collected), str(found.fees)) == ("active", "10.00", "1.00")
    (twin.folder / "ack" / f"{claim}.json").write_text('{"state": "invented"}')
    with pytest.raises(NoAnswer, match="unreadable"):
        partner.status(claim)


def test_another_server_gets_nothing_and_a_wrong_password_is_a_precondition(twin: SftpTwin) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    for wrong in (drop(twin, host_key=other), drop(twin, key="wrong-password")):
        answer = wrong.submit(dossier(), "claim.zip", KEY)
        assert answer.answer is Answer.PRECONDITION and "wrong-password" not in repr(answer)
        assert wrong.check() is not None
    assert files(twin) == []


def test_a_server_that_is_down_took_nothing() -> None:
    access = AgencyAccess(url="sftp://127.0.0.1:1", client="u", key="p", host_key="ssh-ed25519 AAAA")
    down = SftpDrop(access)
    assert down.submit(dossier(), "claim.zip", KEY).answer in (Answer.TRANSIENT, Answer.PRECONDITION)
    assert down.find(KEY, dossier()).found is Found.NOT_ASKED


def test_an_address_that_is_no_sftp_is_said() -> None:
    with pytest.raises(ValueError, match="sftp://"):
        SftpDrop(AgencyAccess(url="https://example.com"))
