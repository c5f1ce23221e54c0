"""The protobuf messages of ``block_inference.proto``, built when first needed, never generated."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

PROTO = Path(__file__).with_name("block_inference.proto")
MESSAGE = re.compile(r"message (\w+) \{(.*?)\}", re.DOTALL)
FIELD = re.compile(r"(repeated )?(\w+) (\w+) = (\d+);")


@cache
def message_classes() -> dict[str, Any]:
    """Return the message classes by name.

    They live in a descriptor pool of their own: a client in the same process may have loaded
    AIOS's own stubs, and two messages of one name in one pool are an error.

    Raises
    ------
    ImportError
        protobuf is not installed.
    """
    from google.protobuf import descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    pool.Add(_file_descriptor())
    names = [name for name, _ in MESSAGE.findall(PROTO.read_text(encoding="utf-8"))]
    found = {name: pool.FindMessageTypeByName(name) for name in names}
    return {name: message_factory.GetMessageClass(found[name]) for name in names}


def _file_descriptor() -> Any:
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    file = FileDescriptorProto(name=PROTO.name, syntax="proto3")
    for name, body in MESSAGE.findall(PROTO.read_text(encoding="utf-8")):
        message = file.message_type.add(name=name)
        for repeated, kind, field, number in FIELD.findall(body):
            _add_field(message, bool(repeated), kind, field, int(number))
    return file


def _add_field(message: Any, is_repeated: bool, kind: str, name: str, number: int) -> None:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto as Field

    scalars = {
        "string": Field.TYPE_STRING,
        "bytes": Field.TYPE_BYTES,
        "uint64": Field.TYPE_UINT64,
        "double": Field.TYPE_DOUBLE,
    }
    label = Field.LABEL_REPEATED if is_repeated else Field.LABEL_OPTIONAL
    field = message.field.add(name=name, number=number, label=label)
    field.type = scalars.get(kind, Field.TYPE_MESSAGE)
    if kind not in scalars:
        field.type_name = f".{kind}"
