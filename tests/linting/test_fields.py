"""What a fleet's documents have, and what an unknown path probably meant."""

import pytest

from aios_nb import Condition, FilterRule, MetricCondition, connect, lint
from aios_nb.linting import Fields, fields_of

from .payloads import META, blocks, clusters, fleet, measured, metrics, says

FIELDS = fields_of(fleet())


@pytest.mark.parametrize(
    ("query", "path", "expected"),
    [
        ("blockQuery", "component.metadata.usecase", f"{META}.usecase"),
        ("blockQuery", "usecase", f"{META}.usecase"),
        ("blockQuery", f"{META}.usecas", f"{META}.usecase"),
        ("blockQuery", "blockMetadata.evaluation.MMLU.value", f"{META}.evaluation.benchmarks.MMLU.value"),
        ("blockQuery", "cluster.regionID", "cluster.regionId"),
        ("blockMetricsQuery", "instances.token_per_second", "instances.llm_tokens_per_second"),
        ("clusterQuery", "node.count", "nodes.count"),
        ("blockQuery", "qqqqqq", ""),
    ],
)  # fmt: skip
def test_the_nearest_field_is_the_one_that_was_meant(query: str, path: str, expected: str) -> None:

    assert expected == FIELDS.nearest(query, path)


def test_arrays_are_walked_through_and_indices_passed_over() -> None:

    assert FIELDS.has("clusterQuery", "nodes.nodeData.0.id")


def test_kinds_tell_numbers_from_text() -> None:
    path = f"{META}.evaluation.benchmarks.MMLU.value"

    assert {"number"} == FIELDS.kinds("blockQuery", path)


def test_names_alone_do_as_fields() -> None:
    rule = blocks(says("tag", "==", "x"))

    (finding,) = lint(rule, fields=["tags", "id"])

    assert ("N04", "write 'tags'") == (finding.code, finding.fix)


def test_without_a_fleet_the_top_of_a_document_is_known() -> None:
    (finding,) = lint(blocks(says("policys", "==", "x")))

    assert "write 'policies'" == finding.fix


def test_a_field_of_the_fleet_is_no_finding() -> None:
    rule = blocks(says(f"{META}.provider.name"))

    assert [] == list(lint(rule, fields=FIELDS))


def test_a_field_that_no_block_has_is_found_with_a_suggestion() -> None:
    rule = blocks(says(f"{META}.provider.nam"))

    (finding,) = lint(rule, fields=FIELDS)

    assert (f"write '{META}.provider.name'", "warning") == (finding.fix, finding.severity)


def test_kinds_of_the_fleet_find_text_in_place_of_a_number() -> None:
    path = "component.componentMetadata.architecture.contextLength"

    codes = [f.code for f in lint(blocks(says(path, "==", "8192")), fields=FIELDS)]

    assert ["T25"] == codes


def test_a_cluster_casts_text_to_numbers() -> None:

    assert [] == list(lint(clusters(says("nodes.count", ">", "1")), fields=FIELDS))


def test_a_metric_of_the_fleet_is_known() -> None:
    fields = Fields.from_names(["metrics.instances.batch_size"])

    assert [] == list(lint(metrics(measured("instances.batch_size")), fields=fields))


def test_live_answers_of_an_aios_give_fields() -> None:
    with connect("emulator") as aios:
        found = aios.find_candidates(FilterRule(block=Condition("id", "LIKE", "*")))
    rule = FilterRule(
        block=Condition(f"{META}.usecase", "LIKE", "*chat*"),
        metrics=MetricCondition("avg", "instances.llm_tokens_per_second", ">", 1),
    )

    assert [] == list(lint(rule, fields=fields_of(found)))
