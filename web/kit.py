"""The ``ui`` object in every template: all macros in templates/ui under one name, without imports."""

import re
from collections.abc import Mapping
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

_FOLDER = "ui/"
_MACRO = re.compile(r"{%-?\s*macro\s+([a-z]\w*)\s*\(")


class Kit:
    """Looks a macro up by name in the files of templates/ui."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self._homes = self._index()

    def _index(self) -> dict[str, str]:
        loader = self._environment.loader
        if loader is None:
            return {}
        homes: dict[str, str] = {}
        for name in loader.list_templates():
            if name.startswith(_FOLDER):
                source = loader.get_source(self._environment, name)[0]
                homes.update(dict.fromkeys(_MACRO.findall(source), name))
        return homes

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name not in self._homes:
            raise AttributeError(name)
        return getattr(self._environment.get_template(self._homes[name]).module, name)


def attributes(extra: Mapping[str, Any], **fixed: Any) -> Markup:
    """HTML attributes from keyword arguments.

    ``hx_post`` becomes ``hx-post``, ``hx_target__inherited`` becomes ``hx-target:inherited``,
    True gives a bare attribute, None and False give none; ``class`` (or ``class_``) of both
    mappings is joined.
    """
    merged: dict[str, Any] = {}
    classes: list[str] = []
    for source in (fixed, extra):
        for key, value in source.items():
            if key in {"class", "class_"}:
                classes.append(str(value))
            else:
                merged[key.replace("__", ":").replace("_", "-")] = value
    if any(classes):
        merged["class"] = " ".join(filter(None, classes))
    parts: list[str] = []
    for key, value in merged.items():
        if value is True:
            parts.append(f" {key}")
        elif value is not None and value is not False:
            parts.append(f' {key}="{escape(value)}"')
    return Markup("".join(parts))  # noqa: S704 - names come from templates, values are escaped
