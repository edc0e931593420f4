"""The house itself: four floors, a core that knows no clock, a quick start, nothing left out of the package."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

HOUSE = Path(__file__).resolve().parents[1]
FLOORS = ("ubl", "receivables", "connectors", "flows")
PACKAGES = (*FLOORS, "schemas")
PREFECT_IS_KNOWN_TO = {
    "flows/approval_form.py",
    "flows/prefect_flows.py",
    "flows/server.py",
    "flows/settings_parts.py",
}
LEDGER = "receivables/ledger/"
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text(encoding="utf-8"))


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (HOUSE / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports(path: Path) -> set[str]:
    """The dotted names of every module that a file imports, also inside its functions."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


class TestFloors:
    def test_imports_only_point_down(self) -> None:
        done = subprocess.run(
            [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
            cwd=HOUSE,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def test_only_the_orchestration_knows_prefect(self) -> None:
        knowing = {name_of(path) for path in sources(*PACKAGES) if any(is_prefect(name) for name in imports(path))}
        assert knowing <= PREFECT_IS_KNOWN_TO

    def test_only_the_ledger_knows_the_database(self) -> None:
        knowing = [
            name_of(path)
            for path in sources("ubl", "receivables")
            if imports(path) & {"sqlalchemy", "alembic", "sqlite3"} and not name_of(path).startswith(LEDGER)
        ]
        assert knowing == []


def is_prefect(module: str) -> bool:
    return module == "prefect" or module.startswith("prefect.")


# What a pure function cannot know: the time, the machine it runs on, other machines, chance.
CLOCK = {"now", "utcnow", "today", "time", "time_ns", "monotonic", "perf_counter", "localtime", "gmtime"}
CLOCK_OWNERS = {"datetime", "date", "time", "dt"}
OUTSIDE = {"socket", "ssl", "requests", "httpx", "urllib.request", "http.client", "smtplib", "subprocess", "prefect"}
CHANCE = {"random", "secrets", "uuid"}


def impurities(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Attribute):
            owner = node.value.id if isinstance(node.value, ast.Name) else getattr(node.value, "attr", "")
            if (node.attr in CLOCK and owner in CLOCK_OWNERS) or (owner == "os" and node.attr in {"environ", "getenv"}):
                yield f"{name_of(path)}:{node.lineno} {owner}.{node.attr}"
    for module in sorted(imports(path) & (OUTSIDE | CHANCE | {f"time.{name}" for name in CLOCK})):
        yield f"{name_of(path)} imports {module}"


class TestPureCore:
    def test_the_business_core_reads_no_clock_and_no_environment_and_calls_nobody(self) -> None:
        assert [found for path in sources("ubl", "receivables") for found in impurities(path)] == []

    @pytest.mark.parametrize(
        "line",
        [
            "datetime.now(UTC)",
            "date.today()",
            "datetime.datetime.utcnow()",
            "os.environ['HOME']",
            "import httpx",
            "from time import time",
            "from urllib.request import urlopen",
            "from uuid import uuid4",
        ],
    )
    def test_the_search_finds_what_it_looks_for(self, line: str, tmp_path: Path, monkeypatch: Any) -> None:
        monkeypatch.setattr(f"{__name__}.HOUSE", tmp_path)
        path = tmp_path / "impure.py"
        path.write_text(f"def decide():\n    {line}\n")
        assert len(list(impurities(path))) == 1

    def test_an_export_becomes_documents_and_a_decision_while_nobody_looks_at_the_clock(self) -> None:
        play_the_core()  # imports and caches are filled
        with NoClock() as watch:
            play_the_core()
        assert watch.read == []

    def test_the_watch_sees_a_clock_that_is_read(self) -> None:
        from datetime import date

        with NoClock() as watch:
            date.today()
        assert watch.read == ["test_house.py: date.today"]


class NoClock:
    """Notes every read of the clock, whoever reads it and by whatever name, as Python calls it."""

    READS = frozenset({"now", "today", "utcnow", "time", "time_ns", "localtime", "gmtime"})

    def __init__(self) -> None:
        self.read: list[str] = []

    def __enter__(self) -> NoClock:
        self.before = sys.getprofile()
        sys.setprofile(self.look)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(self.before)

    def look(self, frame: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in self.READS and of_the_clock(called):
            code: CodeType = frame.f_code
            self.read.append(f"{Path(code.co_filename).name}: {called.__qualname__}")


def of_the_clock(called: Any) -> bool:
    owner = getattr(called, "__self__", None)
    named = owner.__name__ if isinstance(owner, type) else getattr(called, "__module__", None)
    return named in {"datetime", "date", "time"}


def play_the_core() -> None:
    """Every document of the examples, and what to do about a debtor: the core from one end to the other."""
    from datetime import date
    from decimal import Decimal

    from connectors.erp.export import read_export
    from connectors.erp.mapping import build, sells_goods
    from flows.dress import dress_for
    from flows.issue import issue
    from receivables.decide import decide
    from receivables.ladder import load_policy
    from receivables.law.interest import interest
    from tests.receivables.debtors import debtor
    from ubl.invoice import Invoice

    for row in read_export((HOUSE / "examples" / "erp-export.json").read_bytes(), "export.json").ready:
        invoice = build(row)
        if isinstance(invoice, Invoice):
            issue(invoice, dress_for(row.seller, row.customer), goods=sells_goods(row.document))
    decide(debtor(), load_policy(), "BE", lambda country, notice: None, date(2026, 3, 2))
    interest(country="NL", debtor="business", principal=Decimal(1000), due=date(2026, 1, 31), until=date(2026, 6, 19))


HEAVY = ("prefect", "sqlalchemy", "xmlschema", "saxonche", "facturx", "typst", "starlette", "httpx", "asyncio")


def loaded_by(*command: str) -> set[str]:
    """Top-level modules that are there once a command has run in a process of its own."""
    script = (
        "import sys; from flows.cli import run; run(sys.argv[1:]);"
        "sys.stderr.write(' '.join({name.partition('.')[0] for name in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, *command], cwd=HOUSE, capture_output=True, text=True, check=True
    )
    return set(done.stderr.split())


class TestQuickStart:
    def test_help_loads_nothing_heavy(self) -> None:
        assert loaded_by("--help") & set(HEAVY) == set()

    def test_validate_and_build_never_load_prefect(self, tmp_path: Path) -> None:
        example = str(HOUSE / "examples" / "erp-export.json")
        assert not loaded_by("build", example, "--out", str(tmp_path)) & {"prefect", "sqlalchemy", "xmlschema"}
        document = next((tmp_path / "ubl").iterdir())
        assert loaded_by("validate", str(document)) & set(HEAVY) == set()


MOST_LINES, MOST_LINES_OF_A_FUNCTION = 400, 50
LONGER_FOR_A_REASON: dict[str, str] = {}  # "path" or "path:function" → why it may be longer
MIGRATIONS = f"{LEDGER}migrations/versions/"  # written once, never read top to bottom


class TestRooms:
    def test_files_and_functions_can_be_taken_in_at_a_glance(self) -> None:
        long = {
            f"{name} has {length} lines"
            for path in sources(*PACKAGES, "benchmarks")
            if not name_of(path).startswith(MIGRATIONS)
            for name, length, most in lengths(path)
            if length > most and name not in LONGER_FOR_A_REASON
        }
        assert long == set()


def lengths(path: Path) -> Iterator[tuple[str, int, int]]:
    """(name, lines, most lines) of a file and of each function in it."""
    name = name_of(path)
    yield name, path.read_text(encoding="utf-8").count("\n"), MOST_LINES
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            yield f"{name}:{node.name}", node.end_lineno - node.lineno + 1, MOST_LINES_OF_A_FUNCTION


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def bounds(*groups: list[str]) -> dict[str, str]:
    """Lower bound by package, from the requirements of pyproject.toml."""
    pairs = (re.split(r"\s*>=\s*", requirement.split(",")[0]) for group in groups for requirement in group)
    return {normal(name): bound for name, bound in pairs}


class TestPackaging:
    EXTRAS = PROJECT["project"]["optional-dependencies"]
    DIRECT = bounds(PROJECT["project"]["dependencies"])
    ALL = DIRECT | bounds(*EXTRAS.values())

    def test_lower_bounds_are_the_versions_that_the_tests_run_with(self) -> None:
        pinned = dict(
            line.split("==")
            for line in (HOUSE / "constraints.txt").read_text(encoding="utf-8").splitlines()
            if "==" in line and not line.startswith("#")
        )
        untested = {name: bound for name, bound in self.ALL.items() if f"{pinned.get(name)}.".find(f"{bound}.") != 0}
        assert untested == {}

    def test_what_is_imported_is_declared(self) -> None:
        distributions = packages_distributions()
        declared = set(self.DIRECT) | set(bounds(self.EXTRAS["official"]))
        missing = {
            f"{name_of(path)}: {module}"
            for path in sources(*PACKAGES)
            for module in {name.partition(".")[0] for name in imports(path)}
            if module not in sys.stdlib_module_names and module not in PACKAGES
            if not {normal(each) for each in distributions.get(module, [module])} & declared
        }
        assert missing <= {name for name in missing if name.endswith(": pydantic_core")}  # pydantic's own half

    def test_every_data_file_is_in_the_package(self, tmp_path: Path) -> None:
        build = ["egg_info", "--egg-base", str(tmp_path), "build_py", "--build-lib", str(tmp_path / "built")]
        subprocess.run(
            [sys.executable, "-c", "from setuptools import setup; setup()", "--quiet", *build],
            cwd=HOUSE,
            check=True,
            capture_output=True,
        )
        missing = [
            name_of(path)
            for package in PACKAGES
            for path in (HOUSE / package).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and not (tmp_path / "built" / name_of(path)).exists()
        ]
        assert missing == []


SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r"|\bAKIA[0-9A-Z]{16}\b|\bgh[opsu]_[A-Za-z0-9]{36}\b|\bsk_live_\w+|\bxox[abp]-\w{10,}|\bpnu_[A-Za-z0-9]{36}\b"
    r"|\beyJ[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}"
    r"|\b(?i:api[_-]?key|password|passwd|secret|token)\s*[:=]\s*[\"'](?=[^\"']*\d)[A-Za-z0-9+/=_-]{24,}[\"']"
)
TEXT = {".py", ".toml", ".json", ".yaml", ".yml", ".md", ".txt", ".cfg", ".ini", ".typ", ".xml", ".svg", ""}


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=HOUSE, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [HOUSE / name for name in listed.stdout.split("\0") if name and (HOUSE / name).is_file()]


class TestSecrets:
    def test_no_file_holds_a_secret(self) -> None:
        found = {
            name_of(path)
            for path in tracked()
            if path.suffix in TEXT and SECRET.search(path.read_text(encoding="utf-8", errors="replace"))
        }
        assert found == set()

    @pytest.mark.parametrize("line", ["-----BEGIN RSA PRIVATE" + " KEY-----", 'api_key = "' + "a1" * 16 + '"'])
    def test_the_search_finds_one(self, line: str) -> None:
        assert SECRET.search(line)
