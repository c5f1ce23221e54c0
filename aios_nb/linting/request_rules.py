"""Rules for a request to the ad-hoc server: who asks, and whether anything is selected."""

from __future__ import annotations

from collections.abc import Iterator

from ..session import MAX_SEQ_NO
from ..wire import shown
from .findings import Finding
from .keys import kind_of, missing, unknown, wrong_type
from .rules import rule
from .spots import Spot

KEYS = ("model", "session_id", "seq_no", "data", "graph", "selection_query")
GUIDES_PAIR = ("session-1257", 11)
OPENAI_KEYS = ("model", "session_id", "seq_no", "graph", "selection_query")


@rule("request")
def request_has_its_keys(spot: Spot) -> Iterator[Finding]:
    examples = {"session_id": '"session-1"', "seq_no": "1", "data": '{"mode": "chat", …}'}
    for key, example in examples.items():
        if key not in spot.value:
            yield missing(spot, key, f"answers \"'{key}'\" (HTTP 200)", f'add "{key}": {example}')
    yield from unknown(spot, KEYS, "T53")


@rule("request", "chat completion", "completion")
def session_is_a_string(spot: Spot) -> Iterator[Finding]:
    session = spot.value.get("session_id", "-")
    if session is None or session == "":
        words = (
            f"session_id is {kind_of(session) if session is None else 'empty'}",
            'takes it for the session "", shared by all who do so: they get one another\'s block',
            "write an id of your own, such as Session().id",
        )
        yield spot.says("warning", "T2", "session_id", words)
    elif not isinstance(session, str):
        effect = f'answers "{session} has type {type(session).__name__}, but expected one of: …"'
        yield wrong_type(spot, "session_id", "a string", effect)


@rule("request", "chat completion", "completion")
def seq_no_is_a_whole_number(spot: Spot) -> Iterator[Finding]:
    number = spot.value.get("seq_no", 1)
    if number is None or isinstance(number, bool):
        effect = f"takes {shown(number)} for {int(bool(number))}"
        words = (f"seq_no is {kind_of(number)}", effect, "write a whole number")
        yield spot.says("warning", "N02", "seq_no", words)
    elif not isinstance(number, int):
        effect = f'answers "{number!r} has type {type(number).__name__}, but expected … int"'
        yield wrong_type(spot, "seq_no", "a whole number", effect)
    elif not 0 <= number <= MAX_SEQ_NO:
        words = (f"seq_no is {number}", f'answers "Value out of range: {number}"', "0 to 2^64 - 1")
        yield spot.says("error", "N02", "seq_no", words)


@rule("request")
def pair_is_not_the_guides(spot: Spot) -> Iterator[Finding]:
    if (spot.value.get("session_id"), spot.value.get("seq_no")) == GUIDES_PAIR:
        words = (
            "the guide's own session and number, which every reader sends",
            "keeps the session's first block for ever, and may hand out the answer to an earlier "
            "request with the same pair",
            "use a new session for each selection, and count seq_no up",
        )
        yield spot.says("warning", "T3", "session_id", words)


@rule("request", "chat completion")
def something_names_the_block(spot: Spot) -> Iterator[Finding]:
    model, query = spot.value.get("model"), spot.value.get("selection_query")
    if not isinstance(model, str | None):
        yield wrong_type(spot, "model", "a block's id, or nothing", "answers with a type error")
    elif model and query:
        words = (
            f"model {shown(model)} and a selection_query",
            "asks that block and selects nothing",
            "leave out one of the two",
        )
        yield spot.says("warning", "N17", "selection_query", words)
    elif not model and not query:
        words = (
            "neither model nor selection_query",
            'in a new session answers "Expecting value: line 1 column 1 (char 0)"',
            "add one, unless the session has its block already",
        )
        yield spot.says("warning", "N17", None, words)
    if query is not None and not isinstance(query, dict):
        yield wrong_type(spot, "selection_query", 'an object {"body": …}', "fails the search")


@rule("request")
def graph_is_marked(spot: Spot) -> Iterator[Finding]:
    graph = spot.value.get("graph")
    if not graph:
        return
    if not isinstance(graph, dict):
        yield wrong_type(spot, "graph", 'an object {"is_graph": true, "graph": {…}}', "fails")
    elif graph.get("is_graph") is not True:
        words = (
            "a graph without is_graph",
            "sends the output nowhere: the request is never answered",
            'write {"is_graph": true, "graph": {"a": ["b"], "b": []}}',
        )
        yield spot.says("error", "T52", "graph", words)
    elif not isinstance(graph.get("graph"), dict):
        yield missing(spot.child("graph"), "graph", "answers \"'graph'\"", 'add "graph": {"a": []}')
    else:
        yield from _lost_nodes(spot.child("graph").child("graph"))


def _lost_nodes(spot: Spot) -> Iterator[Finding]:
    for parent, children in spot.value.items():
        for child in children if isinstance(children, list) else ():
            if isinstance(child, str) and child not in spot.value:
                words = (
                    f"{child!r} is no key of the graph",
                    "the block does not find itself there and fails: no answer ever",
                    f'add "{child}": []',
                )
                yield spot.says("error", "T52", parent, words)


@rule("request")
def empty_keys_say_nothing(spot: Spot) -> Iterator[Finding]:
    empty = [k for k in ("model", "graph") if k in spot.value and not spot.value[k]]
    if empty and spot.setting.is_by_hand:
        words = (
            f"{' and '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty",
            "takes empty for absent",
            "leave it out" if len(empty) == 1 else "leave them out",
        )
        yield spot.says("note", "N08", empty[0], words)


@rule("completion")
def completions_name_their_block(spot: Spot) -> Iterator[Finding]:
    if spot.value.get("model") in (None, "", "local-model"):
        words = (
            "/v1/completions without a model",
            'never selects: answers 500 "local-model not found in the DB"',
            "name the block as model, or send the request to /v1/infer",
        )
        yield spot.says("error", "T40", "model" if "model" in spot.value else None, words)


@rule("chat completion")
def chat_parameters_are_lost(spot: Spot) -> Iterator[Finding]:
    words = (
        "messages are all that the block gets, and content of the answer is an object",
        'answers {"choices": [{"message": {"content": {"reply": …}}}]}: OpenAI clients break',
        "send /v1/infer with data, or read content.reply",
    )
    yield spot.says("note", "T41", "messages", words)
    yield from unknown(spot, (*OPENAI_KEYS, "messages"), "T41")


@rule("completion")
def completion_parameters_are_lost(spot: Spot) -> Iterator[Finding]:
    yield from unknown(spot, (*OPENAI_KEYS, "prompt"), "T41")
