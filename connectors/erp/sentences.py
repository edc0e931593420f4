"""One sentence for a person out of what was found wrong with a record: where, what was found, what to write instead."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from connectors.erp.fields import WrongField

TWICE = " (written twice)"  # marks the second of two equal names in one JSON object
Loc = Sequence[int | str]


def sentence(model: type[BaseModel], problem: ValidationError, path: str) -> str:
    """The first problem as a sentence that starts with its JSON path below `path`; further problems are counted."""
    errors = sorted(problem.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
    first = described(model, errors[0], path)
    rest = len(errors) - 1
    return first if not rest else f"{first} {rest} more {'problem' if rest == 1 else 'problems'} in this row."


def described(model: type[BaseModel], error: ErrorDetails, path: str) -> str:
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, WrongField):
        found = error["input"].get(cause.field) if isinstance(error["input"], dict) else None
        here = json_path(path, (*error["loc"], cause.field))
        return f"{here} is {'missing' if found is None else shown(found)}: {cause}."
    return f"{json_path(path, error['loc'])} {what(model, error, error['loc'])}."


def json_path(path: str, loc: Loc) -> str:
    """`documents[3]` and ('lines', 0, 'unit') give documents[3].lines[0].unit."""
    return path + "".join(f"[{part}]" if isinstance(part, int) else f".{part.removesuffix(TWICE)}" for part in loc)


def what(model: type[BaseModel], error: ErrorDetails, loc: Loc) -> str:
    kind, name = error["type"], str(loc[-1]) if loc else ""
    if kind == "extra_forbidden":
        return unknown_field(owner(model, loc[:-1]), name)
    field = field_at(model, loc)
    if kind == "missing":
        return f"is missing; write {hint(field)}"
    if kind == "value_error":
        return f"is {shown(error['input'])}: {error['ctx']['error']}"
    return f"is {shown(error['input'])}; {instead(error, field)}"


def unknown_field(model: type[BaseModel] | None, name: str) -> str:
    if name.endswith(TWICE):
        return "is written twice in one object; keep one of the two"
    known = list(model.model_fields) if model else []
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return (
        f"is no field of this format; write {near[0]}"
        if near
        else f"is no field of this format; the fields here are {', '.join(known)}"
    )


def instead(error: ErrorDetails, field: FieldInfo | None) -> str:
    """What to write where pydantic found a value of the wrong kind or size."""
    kind, context = error["type"], error.get("ctx", {})
    if kind == "literal_error":
        return f"write one of {context['expected']}".replace("'", "")
    if kind == "decimal_max_places":
        return f"write at most {context['decimal_places']} decimals"
    if kind in ("decimal_max_digits", "decimal_whole_digits"):
        return "write a smaller number, with fewer digits"
    if kind in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        bound = next(context[key] for key in ("gt", "ge", "lt", "le") if key in context)
        words = {"greater_than": "more than", "greater_than_equal": "at least", "less_than": "less than"}
        return f"write a number of {words.get(kind, 'at most')} {bound}"
    if kind in ("too_short", "string_too_short"):
        return f"write {hint(field)}"
    if kind in ("too_long", "string_too_long", "bytes_too_long"):
        return f"write at most {context['max_length']} {'entries' if kind == 'too_long' else 'characters'}"
    if kind == "string_unicode":
        return "write whole characters: half of one (a lone surrogate) stands there"
    if kind == "string_type":
        return f"write it between quotes: {hint(field)}"
    if kind.startswith("int"):
        return "write a whole number such as 30"
    if kind.startswith("decimal") or kind == "finite_number":
        return "write a number such as 12.50"
    if kind == "bool_type":
        return "write true or false, without quotes"
    if kind == "list_type":
        return "write a list between [ and ]"
    if kind in ("model_type", "model_attributes_type"):
        return "write an object between { and }"
    return f"write {hint(field)}"


def hint(field: FieldInfo | None) -> str:
    text = (field.description or "").rstrip(".") if field else ""
    return f"{text[:1].lower()}{text[1:]}" if text else "a value"


def shown(value: Any) -> str:
    """`value` short enough for a sentence, and without characters that a terminal or a file would choke on."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an empty list" if not value else f"a list of {len(value)}"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    text = str(value)
    clean = "".join(character if character.isprintable() else "�" for character in text[:60])
    quoted = f"'{clean}{'…' if len(text) > 60 else ''}'"
    return quoted if isinstance(value, str) else quoted.strip("'")


def owner(model: type[BaseModel], loc: Loc) -> type[BaseModel] | None:
    """The class of the object at `loc` inside `model`."""
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int) or current is None:
            continue
        field = current.model_fields.get(part)
        current = model_in(field.annotation) if field else None
    return current


def field_at(model: type[BaseModel], loc: Loc) -> FieldInfo | None:
    names = [index for index, part in enumerate(loc) if isinstance(part, str)]
    if not names:
        return None
    holder = owner(model, loc[: names[-1]])
    return holder.model_fields.get(str(loc[names[-1]])) if holder else None


def model_in(annotation: Any) -> type[BaseModel] | None:
    """The record class in an annotation such as `list[Line]` or `Period | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) is None:
        return None
    return next((found for part in get_args(annotation) if (found := model_in(part))), None)
