"""The guide, step by step, on a terminal: what is sent, what comes back, and whether it is true."""

from __future__ import annotations

import json
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from .client import AIOSClient
from .connect import TARGETS, connect
from .errors import AIOSError, printable
from .frames import FINAL, DataFrame, candidates, conditions, scores
from .inference import InferenceRequest
from .policy import PolicyPackage, PolicyRegistration
from .query import Condition, FilterRule
from .session import Session
from .terminal import (
    WIDTH,
    as_text,
    heading,
    in_words,
    say,
    show_table,
    show_truth,
    step,
    without_raw_numbers,
)
from .wire import JSON

ROOT = Path(__file__).parents[1]
EVERY_BLOCK = FilterRule(block=Condition("id", "LIKE", "*"))
EXECUTOR = '{container="executor-executor-001"}'


class Tour:
    """One walk through sections 1 to 5 of the guide; ``failed`` says how many claims were false.

    Parameters
    ----------
    aios
        The client to walk with.
    name
        Under which the policy is uploaded and registered.
    """

    def __init__(self, aios: AIOSClient, *, name: str = "attributebasedrouter") -> None:
        self.aios = aios
        self.name = name
        self.failed = 0
        self.claims = 0

    def run(self) -> None:
        """Walk through all sections; print each step, and check each claim.

        Raises
        ------
        AIOSError
            A service could not be reached, or said no.
        """
        self.deploy()
        self.write_the_request()
        self.follow_the_selection()
        self.infer()
        self.observe()

    def deploy(self) -> None:
        heading("1", "Deploy the policy")
        folder = ROOT / "notebooks" / "policies" / "attributebasedrouter"
        package = PolicyPackage.from_folder(folder, name=self.name)
        archive = package.archive()
        step("Assemble: the archive AIOS wants, the same bytes each time")
        files = ", ".join(path for path, _ in package.files)
        say(f"{package.file_name}, {len(archive):,} bytes: {files}")
        step("Upload")
        code_url = self.aios.upload_policy(package)
        self.show_exchange()
        say(f"AIOS will fetch it from {code_url}")
        step("Register")
        record = replace(read_guide_registration(), name=self.name, code=code_url)
        self.policy_uri = self.aios.register_policy(record)
        self.show_exchange()
        stored = self.aios.read_policy(self.policy_uri)
        self.claim(f"{self.policy_uri} is registered with that address", stored.code == code_url)

    def write_the_request(self) -> None:
        heading("2", "Write the hybrid request")
        guide = read_guide_request()
        wanted = guide.selection_query
        assert wanted is not None  # the guide's request has one
        base = self.aios.endpoints.metrics_base_url
        self.query = replace(wanted, policy_rule_uri=self.policy_uri, metrics_base_url=base)
        session = Session()
        self.request = replace(guide, selection_query=self.query, session=session)
        self.rule = self.query.filter_rule
        step("For the block: data")
        say(json.dumps(self.request.data, ensure_ascii=False))
        step("For the choosers: selection_query")
        for query, tree in self.rule.to_wire()["filter"].items():
            say(f"{query}: {in_words(tree)}")
        goals = ", ".join(f"{goal.name} x {goal.weight:g}" for goal in self.query.goals)
        say(f"goals: {goals}")
        say(f"policy: {self.query.policy_rule_uri}")
        same = differences(read_guide("request"), self.request.to_wire())
        expected = {"METRICS_BASE_URL", "policyRuleURI", "seq_no", "session_id"}
        self.claim(
            "it is the guide's request but for session, number, policy and address",
            same <= expected,
        )

    def follow_the_selection(self) -> None:
        heading("3", "Follow the selection")
        blocks = self.aios.find_candidates(EVERY_BLOCK)
        step(f"Filter: each condition alone, asked of AIOS for all {len(blocks)} blocks")
        table = conditions(self.rule, find=self.aios.find_candidates, blocks=blocks)
        show_truth(table)
        found = self.aios.find_candidates(self.rule)
        self.candidates = [block["id"] for block in found]
        step(f"Candidates: {len(found)} of {len(blocks)}")
        show_table(candidates(found).drop(columns=["use case", "streaming"]))
        self.claim("at least two candidates, so that there is a choice", len(found) >= 2)
        self.claim(
            "each candidate satisfies the conditions one by one",
            set(self.candidates) == satisfying(table),
        )
        step("Rank: the policy runs on the candidates and returns one of them")
        self.winner = self.aios.select_block(self.query)["id"]
        self.show_exchange(answer=f"the document of {self.winner}")
        self.claim(f"{self.winner} is one of the candidates", self.winner in self.candidates)

    def infer(self) -> None:
        heading("4", "Run the inference")
        step("One request: selection and inference")
        self.result = self.aios.infer(self.request)
        self.show_exchange()
        step(f"Block: {self.result.block_id}    time: {self.result.elapsed_s:.3f} s")
        say(self.result.reply)
        same = self.request.session_id, self.request.seq_no
        self.claim(
            "the block that answered is the one that was selected",
            self.result.block_id == self.winner,
        )
        self.claim("there is a reply", bool(self.result.reply))
        self.claim(
            "it belongs to this session and number",
            (self.result.session_id, self.result.seq_no) == same,
        )

    def observe(self) -> None:
        heading("5", "Observe in logs")
        step(f"{EXECUTOR} |= `Final Score`")
        lines = [entry.line for entry in self.aios.read_logs(f"{EXECUTOR} |= `Final Score`")]
        ranking = scores(lines)
        show_table(without_raw_numbers(ranking))
        self.claim("every candidate has a score", set(ranking.index) >= set(self.candidates))
        self.claim(
            "the highest score is that of the block that answered",
            ranking.index[0] == self.result.block_id == ranking[FINAL].astype(float).idxmax(),
        )
        step(f"{EXECUTOR} |= `Best candidate`")
        best = [entry.line for entry in self.aios.read_logs(f"{EXECUTOR} |= `Best candidate`")]
        say(best[-1] if best else "(no line)")
        self.claim("the log names that block too", bool(best) and self.result.block_id in best[-1])
        self._observe_services()

    def _observe_services(self) -> None:
        traces = {
            "search server, its queries": '{namespace="utils"} |= `db query`',
            "ad-hoc server, reply queue": '{container="inference-server"} |= `pushing packet`',
        }
        for name, query in traces.items():
            step(f"{name}: {query}")
            lines = [entry.line for entry in self.aios.read_logs(query)]
            for line in lines[-2:]:
                say(textwrap.shorten(line, 2 * WIDTH, placeholder=" …"))
            self.claim(f"{name}: {len(lines)} lines", bool(lines))

    def show_exchange(self, *, answer: str | None = None) -> None:
        """Print the last call: address, what was sent, what came back."""
        call = self.aios.history[-1]
        click.echo(f"    {click.style('→', fg='cyan')} {call.method} {call.url}")
        if call.sent is not None:
            say(textwrap.shorten(as_text(call.sent), 3 * WIDTH, placeholder=" …"), indent=6)
        head = f"    {click.style('←', fg='cyan')} {call.status}, {call.milliseconds:.0f} ms"
        click.echo(head)
        say(
            answer or textwrap.shorten(as_text(call.received), 3 * WIDTH, placeholder=" …"),
            indent=6,
        )

    def claim(self, text: str, holds: bool) -> None:
        """Print a claim and whether it holds."""
        self.claims += 1
        self.failed += not holds
        mark = click.style("✓", fg="green") if holds else click.style("✗ FALSE:", fg="red")
        click.echo(f"    {mark} {printable(text)}")


def read_guide(name: str) -> JSON:
    document: JSON = json.loads((ROOT / "fixtures" / "guide" / f"{name}.json").read_text())
    return document


def read_guide_request() -> InferenceRequest:
    return InferenceRequest.from_wire(read_guide("request"))


def read_guide_registration() -> PolicyRegistration:
    return PolicyRegistration.from_wire(read_guide("registration"))


def differences(left: Any, right: Any, key: str = "") -> set[str]:
    """Return the innermost keys at which two JSON values differ."""
    if isinstance(left, dict) and isinstance(right, dict):
        return {
            name
            for part in left.keys() | right.keys()
            for name in differences(left.get(part), right.get(part), part)
        }
    if isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        pairs = zip(left, right, strict=True)
        return {name for one, other in pairs for name in differences(one, other, key)}
    return set() if left == right else {key}


def satisfying(table: DataFrame) -> set[str]:
    """Return the blocks for which the columns, joined as their headings say, are true."""
    groups: dict[str, list[Any]] = {}
    for column in table.columns[:-1]:
        groups.setdefault(column[0], []).append(column)
    return {
        str(block)
        for block, row in table.iterrows()
        if all(
            (all if group.endswith("all of") else any)(row[column] for column in columns)
            for group, columns in groups.items()
        )
    }


@click.command()
@click.option(
    "--target",
    type=click.Choice(TARGETS),
    default="emulator",
    show_default=True,
    help="Where to walk: an emulator started for it, or your cluster (AIOS_* variables).",
)
def tour(target: str) -> None:
    """Run the guide's steps one by one; exit status 0 only if all of it is true."""
    try:
        with connect(target) as aios:
            walk = Tour(aios, name=_name(target))
            walk.run()
            if target != "emulator":
                aios.delete_policy(walk.policy_uri)
    except AIOSError as error:
        click.echo(f"\n{click.style('✗ stopped:', fg='red')} {error}")
        raise SystemExit(1) from error
    total = f"{walk.claims - walk.failed} of {walk.claims} claims hold"
    click.echo(f"\n{click.style(total, bold=True, fg='red' if walk.failed else 'green')}")
    raise SystemExit(int(walk.failed > 0))


def _name(target: str) -> str:
    """Return a name of our own for a cluster, where others may use the guide's."""
    return "attributebasedrouter" if target == "emulator" else "aios-nb-tour"


if __name__ == "__main__":
    tour()
