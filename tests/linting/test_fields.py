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


MMLU = "component.componentMetadata.evaluation.benchmarks.MMLU"
FLEET = fields_of(
    [
        {
            "id": "a",
            "tags": ["x", 7],
            "component": {
                "componentMetadata": {
                    "usecase": "chat",
                    "framework": None,
                    "evaluation": {"benchmarks": {"MMLU": {"value": 80}}},
                }
            },
        }
    ]
)


def kinds_found(variable: str, operator: str, value: object) -> list[tuple[str, str]]:
    leaf = {"variable": variable, "operator": operator, "value": value}
    rule = {"matchType": "block", "filter": {"blockQuery": leaf}}
    return [(f.code, f.fix) for f in lint(rule, fields=FLEET) if f.code in ("N04", "T25")]


@pytest.mark.parametrize(
    ("variable", "operator", "value"),
    [
        (f"{MMLU}.value", ">=", 80),
        ("tags", "==", 7),
        ("tags", "LIKE", "x*"),
        ("id", "==", 5),  # the registry casts it
        ("component.componentMetadata.framework", "==", "vllm"),  # null tells no kind
        (MMLU, "!=", None),
        (MMLU, "==", {"value": 80}),
    ],
)
def test_a_value_of_a_kind_that_occurs_passes(variable: str, operator: str, value: object) -> None:

    assert [] == kinds_found(variable, operator, value)


@pytest.mark.parametrize("operator", [">=", "=="])
def test_an_object_in_place_of_its_number_is_found(operator: str) -> None:

    assert [("N04", f"write '{MMLU}.value'")] == kinds_found(MMLU, operator, 80)


@pytest.mark.parametrize(
    ("variable", "operator", "value"),
    [
        (f"{MMLU}.value", "LIKE", "8*"),
        ("component.componentMetadata.usecase", ">=", 80),
        ("component.componentMetadata.usecase", "IN", [1, 2]),
        ("component.componentMetadata", "==", "chat"),
        ("tags", "==", True),
    ],
)
def test_a_value_of_another_kind_than_the_fleet_holds_is_found(
    variable: str, operator: str, value: object
) -> None:

    assert ["T25"] == [code for code, _ in kinds_found(variable, operator, value)]


def test_the_nearest_of_a_benchmark_is_its_number() -> None:

    assert f"{MMLU}.value" == FLEET.nearest("blockQuery", "MMLU")
