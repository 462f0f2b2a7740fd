"""Docstrings of the public API follow the numpydoc standard."""

from __future__ import annotations

import enum
import functools
import inspect
import re
import sys
from typing import Any

import pytest

import domix
import domix.anndata
import domix.exact
import domix.example
import domix.sklearn
import domix.study

numpydoc = pytest.importorskip("numpydoc.validate", reason="numpydoc is in the extra dev")
docscrape = pytest.importorskip("numpydoc.docscrape", reason="numpydoc is in the extra dev")

PUBLIC = [
    getattr(module, name)
    for module in (
        domix,
        domix.anndata,
        domix.exact,
        domix.example,
        domix.sklearn,
        domix.study,
    )
    for name in module.__all__
]

IGNORED = {
    "ES01",  # a summary may say everything
    "SA01",  # not every function has a related one
    "PR07",  # the name and type of a parameter may say everything
    "RT03",  # so may the type of a result, with the summary
}
IGNORED_IN_METHODS = {
    "EX01",  # the class has the example
}
IGNORED_IN_METHODS_WITHOUT_PARAMETERS = {
    "EX01",
    "RT01",  # a docstring of one line may say everything
}
IGNORED_IN_EXCEPTIONS_AND_ENUMS = {"PR01", "EX01"}
IGNORED_IN_RETURNED_CLASSES = {"EX01"}
"""Classes that a user gets from a call, and does not import."""


def public_objects() -> dict[str, Any]:
    """Public functions, classes, methods and properties, by dotted name.

    Classes of domix that a public annotation names are public too.
    """
    objects: dict[str, Any] = {}
    waiting = list(PUBLIC)
    while waiting:
        item = waiting.pop()
        if inspect.isclass(item) or inspect.isfunction(item):
            name = f"{item.__module__}.{item.__qualname__}"
            if name in objects:
                continue
            objects[name] = item
            waiting += classes_named_in(item)
            if inspect.isclass(item):
                for attribute, member in vars(item).items():
                    if not attribute.startswith("_") and is_method(member):
                        objects[f"{name}.{attribute}"] = getattr(item, attribute)
                        waiting += classes_named_in(function_of(member))
    return objects


def is_method(member: Any) -> bool:
    kinds = (property, functools.cached_property, classmethod, staticmethod)
    return inspect.isfunction(member) or isinstance(member, kinds)


def function_of(member: Any) -> Any:
    """The function behind a method, class method or property."""
    for attribute in ("fget", "func", "__func__"):
        member = getattr(member, attribute, member)
    return member


def classes_named_in(item: Any) -> list[type]:
    """Classes of domix in the annotations of a class's fields, or in what a function returns."""
    annotations = getattr(item, "__annotations__", {})
    if inspect.isclass(item):
        annotations = {n: text for n, text in annotations.items() if not n.startswith("_")}
    else:
        annotations = {"return": annotations.get("return", "")}
    module = sys.modules[item.__module__]
    names = {name for text in annotations.values() for name in re.findall(r"\w+", str(text))}
    named = (getattr(module, name, None) for name in names if not name.startswith("_"))
    return [c for c in named if inspect.isclass(c) and c.__module__.startswith("domix.")]


OBJECTS = public_objects()


def problems(name: str) -> list[str]:
    """What numpydoc reports about an object, as ``code: text``, without the ignored codes."""
    return [
        f"{code}: {text}"
        for code, text in numpydoc.validate(name)["errors"]
        if code not in IGNORED | ignored(OBJECTS[name])
    ]


def ignored(item: Any) -> set[str]:
    """Codes ignored for this object."""
    page = numpydoc.Validator(docscrape.get_doc_object(item))
    parameters = {name for name in page.signature_parameters if not name.startswith("_")}
    documented = set(page.doc_all_parameters)
    if inspect.isclass(item):
        if issubclass(item, (Exception, enum.Enum)):
            return IGNORED_IN_EXCEPTIONS_AND_ENUMS
        # numpydoc wants the fields of a dataclass under Parameters; Attributes is as good.
        attributes = {name for entry in page.doc["Attributes"] for name in entry.name.split(", ")}
        codes = {"PR01"} if parameters <= attributes | documented else set()
        return codes if item in PUBLIC else codes | IGNORED_IN_RETURNED_CLASSES
    if "." in function_of(item).__qualname__:
        return IGNORED_IN_METHODS if parameters else IGNORED_IN_METHODS_WITHOUT_PARAMETERS
    # numpydoc does not know that `**options` stands for the keys of a TypedDict.
    options = unpacked_options(item)
    if options and parameters - documented == {"**options"} and documented - parameters == options:
        return {"PR01", "PR02"}
    return set()


def unpacked_options(function: Any) -> set[str]:
    """Keys of the TypedDict that ``**options`` unpacks."""
    annotation = re.fullmatch(r"Unpack\[(\w+)\]", function.__annotations__.get("options", ""))
    if annotation is None:
        return set()
    return set(getattr(sys.modules[function.__module__], annotation[1]).__annotations__)


def test_public_objects_are_found() -> None:
    assert {"domix.model.network.Network.fit", "domix.study.run.run_study"} <= set(OBJECTS)
    assert "domix.results.result.Disentanglement.to_json" in OBJECTS


@pytest.mark.parametrize("name", sorted(OBJECTS))
def test_docstring_follows_numpydoc(name: str) -> None:
    assert problems(name) == []
