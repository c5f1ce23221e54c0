"""What is evidently the name of a machine: by the field it stands in, or by its own form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

# Fields whose whole value names a machine or its address.
HOST_KEY = re.compile(
    r"(^|[_/.-])(?i:hosts?|host_?names?|nodes?|node_?names?|ips?|addr|address(es)?|fqdn|gateway|e?mail)$"
    r"|[a-z](Hosts?|Hostnames?|HostName|Nodes?|NodeName|I[Pp]s?|Addr|Address(es)?|Gateway|Email)$"
)
# Fields that name models and the like: a machine of the same name does not rename them.
OTHER_KEY = re.compile(r"model|component|family|architecture|usecase|uri$", re.I)
# Parts of a name are bounded, as DNS bounds them: a long text of one word must not take long.
LABEL = r"[a-z0-9](?:[\w-]{0,62})"
NAME = rf"(?:{LABEL}\.){{0,8}}[a-z][\w-]{{0,62}}"
PRIVATE = "local|internal|corp|lan|intranet|localdomain|example"
# By endings that a file, a version or a path into a document hardly has.
DOTTED = re.compile(
    rf"(?<![\w./-])(?:{LABEL}\.{NAME}"
    rf"\.(?:{PRIVATE}|svc|test|arpa|com|net|org|edu|gov|mil|io|ai|dev|cloud|co"
    r"|eu|de|fr|uk|nl|ch|se|fi|dk|jp|kr|cn)"
    rf"|(?=[a-z]*[\d-])[a-z0-9][a-z0-9-]{{0,62}}\.(?:{PRIVATE})"
    r"|[a-z][a-z0-9-]{0,62}\.(?:com|edu|gov|mil)"
    r")(?![\w-]|\.\w)",
    re.I,
)
HOST_AND_PORT = re.compile(
    r"(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,9}[a-z][a-z0-9-]{0,62}:\d{2,5}(?![\w-]|\.\w)", re.I
)
# HOST=gpu-7 in an environment, --node-name gpu-7 in a command line.
WORD = r"(?:[\w-]{0,60}[_-])?(?:hosts?|hostname|node(?:[_-]?name)?|addr|address)"
ASSIGNED = re.compile(rf"((?<![\w-])(?:{WORD}=|--?{WORD}\s+))([\w.-]+)", re.I)
# What a component, block or policy is called: name:version-tag.
URI = re.compile(r"[\w./-]+:\d[\w.]*-[\w.-]+")
# They are everybody's, and stand in labels and names of images.
WELL_KNOWN = re.compile(
    r"(^|\.)(kubernetes\.io|k8s\.io|docker\.(io|com)|quay\.io|ghcr\.io|gcr\.io|nvcr\.io"
    r"|nvidia\.com|amd\.com|intel\.com|huggingface\.co|github\.com)$",
    re.I,
)
ANY = {"any", "all", "auto", "none", "null", "default", "local", "true", "false", "unknown"}


def field_name(document: dict[str, Any], name: str) -> str:
    """Return what a field is about: of a variable or a selector the name stands beside the value.

    Examples
    --------
    >>> field_name({"name": "DB_HOST", "value": "gpu-7"}, "value")
    'DB_HOST'
    """
    beside = (document.get(key) for key in ("name", "key", "variable"))
    found = next((text for text in beside if isinstance(text, str) and text), name)
    return found if name in {"value", "values"} else name


def hosts_in(key: str, text: str) -> list[str]:
    """Return the names and addresses that a field holds, if it is one for machines.

    Examples
    --------
    >>> hosts_in("hosts", "gpu-7, gpu-8")
    ['gpu-7', 'gpu-8']
    >>> hosts_in("node", "any node will do")
    []
    """
    if not HOST_KEY.search(key) or "://" in text:
        return []
    words = re.split(r"[\s,;]+", text.strip(" ,;"))
    # Several plain words are a sentence.
    is_list = len(words) == 1 or all(re.search(r"[\d.:-]", word) for word in words)
    return [word for word in words if is_host(word)] if is_list else []


def is_host(word: str) -> bool:
    """Say whether a word in a field for machines may be the name of one."""
    if word.lower() in ANY or word.isdigit():
        return False
    return re.fullmatch(r"[\w.:@%\[\]-]*\w[\w.:@%\[\]-]*", word) is not None


def named_hosts(value: Any, key: str = "") -> Iterator[str]:
    """Yield the names that the fields for machines in a JSON value hold."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from named_hosts(part, field_name(value, name))
    elif isinstance(value, list):
        for part in value:
            yield from named_hosts(part, key)
    elif isinstance(value, str):
        yield from (re.sub(r":\d+$", "", host) for host in hosts_in(key, value))
        yield from (host for _, host in ASSIGNED.findall(value) if is_host(host))


def other_names(value: Any, key: str = "") -> Iterator[str]:
    """Yield the names of models, components and the like in a JSON value."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from other_names(part, key if name == "name" else name)
    elif isinstance(value, list):
        for part in value:
            yield from other_names(part, key)
    elif isinstance(value, str) and OTHER_KEY.search(key) and not HOST_KEY.search(key):
        yield value
