"""Fields come from the live fleet, with type, examples, and how many blocks have them."""

from typing import Any

import pytest

from aios_nb.widgets.fields import Field, fields_of
from aios_nb.widgets.templates import GUIDE, MULTI_MODAL

METADATA = "component.componentMetadata"


@pytest.mark.parametrize(
    ("part", "path", "kind"),
    [
        ("block", "id", "text"),
        ("block", f"{METADATA}.framework", "choice"),
        ("block", f"{METADATA}.capabilities.supportsStreaming", "boolean"),
        ("block", f"{METADATA}.evaluation.benchmarks.MMLU.value", "number"),
        ("block", "component.tags", "list"),
        ("block", "cluster.id", "choice"),
        ("metrics", "instances.uptime_hours", "number"),
        ("metrics", "instances.queue_length.average_1m", "number"),
        ("cluster", "regionId", "choice"),
    ],
)
def test_the_shipped_fleet_has_the_field_with_its_type(
    part: str, path: str, kind: str, fleet: list[dict[str, Any]]
) -> None:

    assert kind == fields_of(fleet)[part][path].kind


@pytest.mark.parametrize("draft", [GUIDE.draft, MULTI_MODAL.draft], ids=["guide", "multi-modal"])
def test_every_field_of_the_templates_is_in_the_fleet(draft, fleet: list[dict[str, Any]]) -> None:
    fields = fields_of(fleet)

    assert [] == [p for p, node in draft.conditions() if node.field not in fields[p.part]]


def test_a_field_counts_blocks_not_instances() -> None:
    block = {"id": "a", "metrics": {"instances": [{"load": 1}, {"load": 2}]}}

    assert (
        Field("instances.load", "number", (1, 2), 1)
        == fields_of([block])["metrics"]["instances.load"]
    )


def test_a_field_that_changes_its_type_is_mixed() -> None:

    assert "mixed" == fields_of([{"x": 1}, {"x": "1"}])["block"]["x"].kind


def test_truth_values_are_no_numbers() -> None:

    assert (True, False) == fields_of([{"x": True}, {"x": False}])["block"]["x"].values


def test_bookkeeping_of_the_database_is_left_out() -> None:

    assert {} == fields_of([{"_id": "68a1", "__v": 0}])["block"]


def test_empty_values_are_no_fields() -> None:

    assert {} == fields_of([{"a": None, "b": [], "c": {}}])["block"]
