"""What every part of `voldaan.toml` is made of: frozen, nothing unknown in it, secrets named and never written."""

from __future__ import annotations

import os
from typing import cast

from pydantic import BaseModel, ConfigDict, model_validator

FILE = "voldaan.toml"


class BadSettings(ValueError):
    """One sentence: the file, the key, what was found and what to write instead."""


class SettingsPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SecretName(SettingsPart):
    """Where a secret is kept: an environment variable, or a Prefect `Secret` block."""

    env: str | None = None
    block: str | None = None

    @model_validator(mode="after")
    def one(self) -> SecretName:
        if (self.env is None) == (self.block is None):
            raise ValueError('name one of env or block, as in { env = "VOLDAAN_KEY" }')
        return self

    def value(self) -> str:
        """The secret itself; BadSettings names what is missing. Never log it."""
        if self.env is not None:
            if not (found := os.environ.get(self.env)):
                raise BadSettings(f"the environment has no {self.env}; set it to the secret that {FILE} names")
            return found
        from prefect.blocks.system import Secret

        block = cast(Secret[str], Secret.load(self.block or ""))
        return block.get()
