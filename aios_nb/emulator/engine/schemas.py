"""The schemas of the three Mongoose registries, as far as they type anything (§5.6-§5.8, §6.2)."""

from __future__ import annotations

from datetime import UTC, datetime

from .mongoose import Field, Model, Nested, Subdocument


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _required(kind: str) -> Field:
    return Field(kind, required=True)


def _numbers(*names: str) -> Nested:
    return Nested({name: _required("number") for name in names})


_MIXED = Field()
_TAGS = Field("strings", default=list)

BLOCK = Model(
    "Block",
    "blocks.blocks",
    {
        "id": _required("string"),
        "componentUri": Field("string"),
        "component": _MIXED,
        "blockUri": Field("string"),
        "blockMetadata": _MIXED,
        "policies": _MIXED,
        "cluster": _MIXED,
        "blockInitData": _MIXED,
        "initSettings": _MIXED,
        "parameters": _MIXED,
        "minInstances": _MIXED,
        "maxInstances": _MIXED,
        "inputProtocol": _MIXED,
        "outputProtocol": _MIXED,
        "tags": _MIXED,
    },
    unique=("id",),
)

# `status` is missing on purpose: the documented `status == "live"` matches nothing (§5.7).
CLUSTER = Model(
    "Cluster",
    "clusters.clusters",
    {
        "id": _required("string"),
        "regionId": _required("string"),
        "nodes": Nested({"count": _required("number"), "nodeData": Field("objects", default=list)}),
        "gpus": _numbers("count", "memory"),
        "vcpus": _numbers("count"),
        "memory": _required("number"),
        "swap": _required("number"),
        "storage": _numbers("disks", "size"),
        "network": _numbers("interfaces", "txBandwidth", "rxBandwidth"),
        "config": _MIXED,
        "tags": Field("strings", required=True, default=list),
        "clusterMetadata": Field(required=True),
        "reputation": _required("number"),
    },
    unique=("id",),
)

COMPONENT = Model(
    "Component",
    "admin.components",
    {
        "componentId": Subdocument(
            {name: _required("string") for name in ("name", "version", "releaseTag")},
            required=True,
        ),
        "componentType": _required("string"),
        "componentURI": _required("string"),
        "containerRegistryInfo": Subdocument(
            {
                "containerImage": _required("string"),
                "containerRegistryId": _required("string"),
                "containerImageMetadata": _MIXED,
                "componentMode": Field("string", required=True, options=("aios", "third_party")),
                "initContainer": _MIXED,
            }
        ),
        "componentMetadata": _MIXED,
        "componentInitData": _MIXED,
        "componentInputProtocol": _MIXED,
        "componentOutputProtocol": _MIXED,
        "policies": _MIXED,
        "componentManagementCommandsTemplate": _MIXED,
        "componentInitSettings": _MIXED,
        "componentParameters": _MIXED,
        "componentInitSettingsProtocol": _MIXED,
        "componentInitParametersProtocol": _MIXED,
        "tags": _TAGS,
        "createdAt": Field("string", default=_now),
        "lastModifiedAt": Field("string", default=_now),
    },
)
