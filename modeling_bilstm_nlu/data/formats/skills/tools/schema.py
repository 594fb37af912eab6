"""Read function schemas: the tools of OpenAI, Anthropic and MCP. One function is an intent, one parameter a slot.

The parameters of a function are a JSON Schema. An enumeration becomes a catalog; numbers, dates and times become
built-in types. A parameter of a parameter is a slot with both names, ``address.city``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bilstm_nlu.errors import DataError

from ....schema import SlotCatalog
from ..json_values import json_objects, json_text

__all__ = ["Parameter", "Tools", "listed_functions", "parse_tools"]

_MAX_DEPTH = 10
#: The keys under which a function has its JSON Schema: OpenAI, MCP, Anthropic.
_SCHEMA_KEYS = ("parameters", "inputSchema", "input_schema")
_LIST_KEYS = ("tools", "functions")
#: ``format`` of JSON Schema -> built-in type.
_FORMATS = {
    "date": "builtin.date",
    "date-time": "builtin.datetime",
    "time": "builtin.time",
    "duration": "builtin.duration",
    "email": "builtin.email",
    "uri": "builtin.url",
}
_NUMBERS = ("integer", "number")


@dataclass(frozen=True)
class Parameter:
    """A parameter of a function that is a value, not an object.

    Args:
        kind: the type of JSON Schema: ``string``, ``number``, ``integer`` or ``boolean``.
        is_list: whether the parameter is a list of such values.
        choices: the values of an enumeration, as they are in the schema.
        type_name: the built-in type of the values, if they have one.
    """

    kind: str
    is_list: bool = False
    choices: tuple[Any, ...] = ()
    type_name: str | None = None


@dataclass
class Tools:
    """The functions of a schema.

    Args:
        functions: function -> slot -> parameter.
    """

    functions: dict[str, dict[str, Parameter]] = field(default_factory=dict)

    def catalogs(self) -> dict[str, SlotCatalog]:
        """The enumerations and built-in types by slot; a slot of several functions gets the values of all."""
        catalogs: dict[str, SlotCatalog] = {}
        for parameters in self.functions.values():
            for slot, parameter in parameters.items():
                choices = (str(value) for value in parameter.choices if isinstance(value, str | int | float))
                values: dict[str, tuple[str, ...]] = {value: () for value in choices if value.strip()}
                catalog = SlotCatalog(slot, values, type_name=parameter.type_name)
                if values or parameter.type_name:
                    catalogs[slot] = catalogs[slot].merged(catalog) if slot in catalogs else catalog
        return catalogs


def listed_functions(document: Any) -> list[Any] | None:
    """Find the list of functions in a document; ``None`` if it has none.

    Args:
        document: a list of functions, an object with ``tools`` or ``functions``, or the ``result`` of MCP.
    """
    if isinstance(document, Mapping) and isinstance(document.get("result"), Mapping):
        document = document["result"]
    if isinstance(document, Mapping):
        document = next((document[key] for key in _LIST_KEYS if isinstance(document.get(key), list)), None)
    if not isinstance(document, list) or not document:
        return None
    return document if any(_schema_of(_function(item)) is not None for item in document) else None


def _function(item: Any) -> Any:
    """The function of an entry, which is the entry itself or is under ``function``."""
    inner = item.get("function") if isinstance(item, Mapping) else None
    return inner if isinstance(inner, Mapping) else item


def _schema_of(function: Any) -> Any:
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        return None
    return next((function[key] for key in _SCHEMA_KEYS if isinstance(function.get(key), Mapping)), None)


def parse_tools(document: Any, where: str) -> Tools:
    """Read the functions of a schema.

    Args:
        document: the parsed JSON.
        where: the file, for messages.

    Raises:
        DataError: there are no functions, or one is broken.
    """
    functions = listed_functions(document)
    if functions is None:
        raise DataError(f"{where}: there is no list of functions with a name and parameters; check the file")
    tools = Tools()
    for number, item in enumerate(json_objects(functions, where), start=1):
        function = _function(item)
        name = json_text(function.get("name"), f"{where}, function {number}: name")
        if not name.strip():
            raise DataError(f"{where}, function {number}: the name is blank; write a name")
        place = f"{where}, function {name!r:.100}"
        if name in tools.functions:
            raise DataError(f"{place}: the function is declared twice; remove one")
        # a function without parameters may have no schema
        tools.functions[name] = dict(_parameters(_schema_of(function) or {}, place, "", 0))
    return tools


def _parameters(schema: Mapping[str, Any], where: str, prefix: str, depth: int) -> Iterator[tuple[str, Parameter]]:
    properties = schema.get("properties") or {}
    if not isinstance(properties, Mapping) or depth > _MAX_DEPTH:
        raise DataError(f"{where}: the properties are not an object, or are nested too deeply; check the schema")
    for name, item in properties.items():
        if not isinstance(item, Mapping):
            raise DataError(f"{where}, parameter {name!r:.100}: expected an object, found {type(item).__name__}")
        if not name.strip():
            raise DataError(f"{where}: a parameter has no name; write one")
        kind = _kind(item)
        is_list = kind == "array"
        inner = item.get("items") if is_list else item
        inner = inner if isinstance(inner, Mapping) else {}
        if is_list:
            kind = _kind(inner)
        if kind == "object" and not is_list:
            yield from _parameters(inner, where, f"{prefix}{name}.", depth + 1)
        elif kind not in ("object", "array"):  # a list of objects is not a slot
            choices = inner.get("enum", [inner["const"]] if "const" in inner else [])
            if not isinstance(choices, list):
                raise DataError(f"{where}, parameter {name!r:.100}: enum is not a list; write a list")
            type_name = _FORMATS.get(str(inner.get("format")), "builtin.number" if kind in _NUMBERS else None)
            yield f"{prefix}{name}", Parameter(kind, is_list, tuple(choices), None if choices else type_name)


def _kind(schema: Mapping[str, Any]) -> str:
    """The type of a value; of several types, as in ``["string", "null"]`` or ``anyOf``, the first that is not null."""
    kind = schema.get("type")
    kinds = kind if isinstance(kind, list) else [kind]
    for key in ("anyOf", "oneOf"):
        options = schema.get(key)
        if kind is None and isinstance(options, list):
            kinds = [option.get("type") for option in options if isinstance(option, Mapping)]
    names = [name for name in kinds if isinstance(name, str) and name != "null"]
    return names[0] if names else "object" if "properties" in schema else "string"
