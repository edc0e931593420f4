"""`voldaan.toml`: the example is usable, what is wrong is said in one sentence, secrets are named and never written."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.peppol.providers import PROVIDERS
from flows.settings import BadSettings, SecretName, load_settings

EXAMPLE = (Path(__file__).parents[2] / "examples" / "voldaan.toml").read_text()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "voldaan.toml").write_text(EXAMPLE)
    return tmp_path


def test_the_example_is_a_whole_installation(root: Path):
    settings = load_settings(root)
    assert settings.seller("vdb").agency == settings.agencies[0].name
    assert settings.insurances[0].buyers == {"C-1005": "58120"}


@pytest.mark.parametrize(
    ("find", "write", "sentence"),
    [
        ('ref = "vdb"', 'reff = "vdb"', "voldaan.toml: seller.0.ref: Field required"),
        ("port = 587", 'port = "many"', "voldaan.toml: mail.port: Input should be a valid integer"),
        ('key = { env = "VOLDAAN_AGENCY_KEY" }', 'key = { env = "A", block = "b" }', "name one of env or block"),
        ("[mail]", "[mail", "voldaan.toml cannot be read"),
        ('security = "starttls"', 'security = "ssl"', "voldaan.toml: mail.security: Input should be 'none'"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(root: Path, find: str, write: str, sentence: str):
    (root / "voldaan.toml").write_text(EXAMPLE.replace(find, write, 1))
    with pytest.raises(BadSettings) as refused:
        load_settings(root)
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


NAMED = 'provider = "e-invoice.be"          # left out'


@pytest.mark.parametrize(
    ("write", "sentence"),
    [
        ('provider = "e-invoice"', "'e-invoice' is no access point that is known here; write one of e-invoice.be, "),
        ('provider = "recommand"', "recommand needs secret and account beside the key"),
        ('provider = "scrada"\naccount = "c"', "scrada needs secret beside the key"),
        ('provider = "phoss-ap"', "phoss-ap is run by yourself: add its url"),
        ('url = "https://api.e-invoice.be"', "name the provider that answers at this url"),
    ],
)
def test_an_access_point_that_cannot_be_used_is_said_so(root: Path, write: str, sentence: str):
    assert NAMED in EXAMPLE
    (root / "voldaan.toml").write_text(EXAMPLE.replace(NAMED, f"{write} #", 1))
    with pytest.raises(BadSettings, match=r"^voldaan\.toml: seller\.0\.peppol") as refused:
        load_settings(root)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("country", "account", "provider"),
    [
        ("BE", "", "e-invoice.be"),
        ("NL", 'account = "c"\nsecret = { env = "S" }', "recommand"),
        ("NL", "", "recommand needs secret and account beside the key (recommand is the default for a seller in NL)"),
        ("DE", "", "no provider is the default for a seller in DE; name one of e-invoice.be, recommand"),
        (None, "", "no provider is the default for a seller whose country no export has told yet"),
    ],
)
def test_an_access_point_that_is_not_named_is_the_countrys(
    root: Path, country: str | None, account: str, provider: str
):
    (root / "voldaan.toml").write_text(EXAMPLE.replace(NAMED, f"{account} #", 1))
    peppol = load_settings(root).seller("vdb").peppol
    assert peppol is not None and peppol.provider is None
    if provider in PROVIDERS:
        assert peppol.provider_for(country) == provider
    else:
        with pytest.raises(BadSettings) as refused:
            peppol.provider_for(country)
        assert provider in str(refused.value)


def test_a_provider_that_is_named_is_nobody_elses(root: Path):
    peppol = load_settings(root).seller("vdb").peppol
    assert peppol is not None and peppol.provider_for("NL") == "e-invoice.be"


def test_a_folder_without_settings_says_what_to_copy(tmp_path: Path):
    with pytest.raises(BadSettings, match=r"there is no voldaan\.toml in .*; copy examples/voldaan\.toml there"):
        load_settings(tmp_path)


def test_an_unknown_seller_names_the_known_ones(root: Path):
    with pytest.raises(BadSettings, match=r"no seller 'x' \(it has vdb\)"):
        load_settings(root).seller("x")


def test_a_secret_comes_from_the_environment_and_its_absence_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOLDAAN_TEST_KEY", "s3cret")
    named = SecretName(env="VOLDAAN_TEST_KEY")
    assert named.value() == "s3cret"
    assert "s3cret" not in repr(named)
    with pytest.raises(BadSettings, match="the environment has no VOLDAAN_TEST_OTHER"):
        SecretName(env="VOLDAAN_TEST_OTHER").value()


def test_the_paper_wears_the_sellers_own_colour_and_logo(root: Path, monkeypatch: pytest.MonkeyPatch):
    from flows.workspace import open_workspace
    from ubl.paper import Look

    text = EXAMPLE.replace('colour = "#14524a"', 'colour = "#aa3300"\nlogo = "logo.svg"').replace(
        'policy = "policy.toml"', ""
    )
    (root / "voldaan.toml").write_text(text)
    (root / "logo.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    worn = open_workspace(root).look("vdb", Look(colour="#000000"))
    assert worn.colour == "#aa3300" and worn.logo is not None
    (root / "logo.svg").unlink()
    with pytest.raises(BadSettings, match="the logo of seller 'vdb' cannot be used"):
        open_workspace(root).look("vdb", Look())
