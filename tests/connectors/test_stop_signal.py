"""The stop signal: laid once in the ERP's folder, or posted and asked about by its key."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from connectors.erp.stop_signal import StopFolder, StopPost
from connectors.ports import Answer, Found

KEY = "vdb/stop_delivery/C-1/1/stop"


def test_it_is_laid_once_also_when_the_erp_took_it_away(tmp_path: Path) -> None:
    folder = StopFolder(tmp_path / "out", tmp_path / "index.csv")
    assert folder.find(KEY).found is Found.NOT_TAKEN
    first = folder.submit(b"{}", KEY)
    (file,) = (tmp_path / "out").iterdir()
    assert first.answer is Answer.DELIVERED and file.name.startswith("vdb-stop-delivery-C-1-1-stop-")
    file.unlink()
    assert folder.submit(b"{}", KEY) == first and list((tmp_path / "out").iterdir()) == []
    assert folder.find(KEY).found is Found.TAKEN


class Erp:
    """An ERP that takes signals, and loses an answer where the test says so."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}
        self.lose = self.down = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers["authorization"] != "Bearer secret":
            return httpx.Response(401)
        if self.down:
            return httpx.Response(503)
        if request.method == "GET":
            return httpx.Response(200 if request.url.params["key"] in self.held else 404)
        self.held[request.headers["idempotency-key"]] = request.content
        if self.lose:
            raise httpx.ReadTimeout("lost")
        return httpx.Response(204)


@pytest.fixture
def erp() -> Erp:
    return Erp()


def post(erp: Erp, token: str = "secret") -> StopPost:
    return StopPost("https://erp.example/stops", token, httpx.Client(transport=httpx.MockTransport(erp)))


def test_it_is_posted_and_a_lost_answer_is_asked_about(erp: Erp) -> None:
    erp.lose = True
    assert post(erp).submit(b"{}", KEY).answer is Answer.UNKNOWN
    found = post(erp).find(KEY)
    assert found.found is Found.TAKEN and found.submission and found.submission.proofs
    other = post(erp).find("other")
    assert other.found is Found.NOT_TAKEN and other.submission and other.submission.proofs


def test_an_erp_that_is_down_or_does_not_know_us_proves_nothing(erp: Erp) -> None:
    assert post(erp, "wrong").submit(b"{}", KEY).answer is Answer.PRECONDITION
    erp.down = True
    assert post(erp).find(KEY).found is Found.NOT_ASKED
    assert post(erp).submit(b"{}", KEY).answer is Answer.UNKNOWN
