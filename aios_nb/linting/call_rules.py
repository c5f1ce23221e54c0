"""Rules for what a policy calls: waits without a limit, exits, prints, calls in a loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .findings import Finding
from .rules import rule
from .sources import Source, own_nodes

# Name of the call, and at which position the time limit may stand.
WAITING = {
    **{f"requests.{verb}": 99 for verb in ("get", "post", "put", "patch", "delete", "head")},
    **{f"requests.{verb}": 99 for verb in ("options", "request")},
    "urllib.request.urlopen": 2,
    "socket.create_connection": 1,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": 2,
}
ASKING = {*WAITING, "httpx.get", "httpx.post", "httpx.request"}
EXITS = {"sys.exit", "os._exit", "os.abort", "exit", "quit"}
HANGS = "waits for ever: search and inference hang with it"
LOOPS = (ast.For, ast.AsyncFor, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@rule("source")
def network_calls_have_a_limit(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if not isinstance(node, ast.Call):
            continue
        name = source.name_of(node.func)
        if name in WAITING and not _has_limit(node, WAITING[name]):
            words = (f"{name} without timeout", f"{HANGS} while a host is silent", "timeout=5")
            yield source.says("warning", "P14", node, words)


def _has_limit(call: ast.Call, position: int) -> bool:
    for keyword in call.keywords:
        if keyword.arg is None:
            return True
        if keyword.arg == "timeout":
            return not (isinstance(keyword.value, ast.Constant) and keyword.value.value is None)
    return len(call.args) > position


@rule("source")
def nobody_is_asked_one_by_one(source: Source) -> Iterator[Finding]:
    asking = {
        f"self.{name}"
        for name, method in source.methods.items()
        if any(
            isinstance(n, ast.Call) and source.name_of(n.func) in ASKING for n in own_nodes(method)
        )
    }
    for loop in source.nodes:
        if not isinstance(loop, LOOPS):
            continue
        calls = [n for n in own_nodes(loop) if isinstance(n, ast.Call)]
        found = [n for n in calls if source.name_of(n.func) in ASKING | asking]
        if found:
            words = (
                f"{ast.unparse(found[0].func)} in a loop asks one after the other",
                "runs no limit of its own: n candidates take n times as long",
                "read candidate['metrics'], which holds the live metrics already",
            )
            yield source.says("note", "P14", found[0], words)


@rule("source")
def nothing_ends_the_process(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        name = source.name_of(node.func) if isinstance(node, ast.Call) else ""
        if name in EXITS or _raises_exit(node):
            words = (f"{name or 'raise SystemExit'} in a policy", HANGS, "raise ValueError(reason)")
            yield source.says("error", "T51", node, words)
        elif isinstance(node, ast.While) and _is_endless(node):
            words = ("a loop without an end", HANGS, "give it a condition or a break")
            yield source.says("error", "T51", node, words)


def _raises_exit(node: ast.AST) -> bool:
    raised = node.exc if isinstance(node, ast.Raise) else None
    raised = raised.func if isinstance(raised, ast.Call) else raised
    return isinstance(raised, ast.Name) and raised.id in ("SystemExit", "KeyboardInterrupt")


def _is_endless(loop: ast.While) -> bool:
    if not isinstance(loop.test, ast.Constant) or not loop.test.value:
        return False
    return not any(isinstance(n, ast.Break | ast.Return | ast.Raise) for n in own_nodes(loop))


@rule("source")
def words_go_to_the_log(source: Source) -> Iterator[Finding]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and source.name_of(node.func) == "print":
            words = (
                "print in a policy",
                "writes the line into the executor's log, without time, level and name",
                'use logging.getLogger("AIOSv1PolicyRule")',
            )
            yield source.says("note", "T48", node, words)
            return


@rule("source")
def lines_are_logged_once(source: Source) -> Iterator[Finding]:
    calls = [n for n in source.nodes if isinstance(n, ast.Call)]
    names = {ast.unparse(call.func).rpartition(".")[2]: call for call in calls}
    alone = any(
        isinstance(n, ast.Attribute) and n.attr == "propagate" and isinstance(n.ctx, ast.Store)
        for n in source.nodes
    )
    if "addHandler" in names and "getLogger" in names and not alone:
        words = (
            "a handler of its own on a logger that also tells the root",
            "writes every line twice",
            "set propagate = False on the logger",
        )
        yield source.says("note", "P17", names["addHandler"], words)
