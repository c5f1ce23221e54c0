"""What happens to a policy between its URI and its answer, in both modes of AIOS (contract §8)."""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass, field
from typing import Any

from ..refusal import Refusal
from ..world import EXECUTOR_LOG, JSON, SEARCH_LOG, PolicyRunner, World
from . import policy_log
from .policy_runner import PolicyProcesses
from .policy_source import fetch
from .waiting import Endless, endless

# Line 149 of SS/core/policy_sandbox/executor.py reads an attribute that local mode never sets.
MASKED = "'PolicyFunctionExecutor' object has no attribute 'policy_rule_uri'"
NOT_FOUND = "Policy rule with URI '{uri}' not found."


async def execute(world: World, uri: Any, input_data: Any, parameters: Any) -> Any:
    """Run a policy as the policy executor does.

    Parameters
    ----------
    parameters
        Those of the request; they replace the registered ones completely, unless ``None``.

    Returns
    -------
    Any
        The policy's result, or ``{"message", "success": False}`` if it failed (contract §8.3).

    Raises
    ------
    Refusal
        With status 500: the result is not JSON.
    Endless
        AIOS would never answer.
    """
    attempt = Attempt(world, uri)
    record = world.policies.first(policy_rule_uri=uri)
    if record is None:
        answer = _failure(NOT_FOUND.format(uri=uri), "lookup")
    else:
        if parameters is None:
            parameters = record.get("policy_parameters")
        call = {"mode": "executor", "settings": record.get("policy_settings")}
        call.update(parameters=parameters, input_data=input_data)
        answer = await attempt.run(record.get("code"), call)
    world.logs.write(EXECUTOR_LOG, *attempt.executor_lines(answer))
    await attempt.expect_answer(answer, 500)
    if answer["ok"]:
        return answer["result"]
    return {"message": answer["error"], "success": False}


async def prepare_local(world: World, uri: Any, parameters: Any) -> Any:
    """Do what local mode does before it filters: look up, fetch, install, import, construct.

    Returns
    -------
    Any
        The parameters that hold from here on: registered ones override the request's (§8.2).

    Raises
    ------
    Refusal
        Any of these failed, in AIOS's words.
    """
    call, code = _local_call(world, uri, parameters)
    call.update(input_data=[], constructs_only=True)
    await _run_local(world, uri, code, call)
    return call["parameters"]


async def execute_local(world: World, uri: Any, input_data: Any, parameters: Any) -> Any:
    """Run a policy as the search server does in local mode.

    Raises
    ------
    Refusal
        The policy failed; what it said is masked by a defect of AIOS (contract §8.2). With status
        400: the result is not JSON.
    Endless
        AIOS would never answer.
    """
    call, code = _local_call(world, uri, parameters)
    call.update(input_data=input_data)
    return await _run_local(world, uri, code, call)


def _local_call(world: World, uri: Any, parameters: Any) -> tuple[JSON, Any]:
    record = world.policies.first(policy_rule_uri=uri)
    if record is None:
        raise Refusal(NOT_FOUND.format(uri=uri))
    registered = record.get("policy_parameters")
    try:
        merged = registered if parameters is None else _updated(parameters, registered)
        settings = _updated({}, record.get("policy_settings"))
    except (TypeError, ValueError) as error:
        raise Refusal(str(error)) from error
    call = {"mode": "local", "settings": settings, "parameters": merged}
    return {**call, "services": _metrics_services(world)}, record.get("code")


def _updated(document: JSON, other: Any) -> JSON:
    changed = dict(document)
    changed.update(other)
    return changed


def _metrics_services(world: World) -> dict[str, str]:
    wanted = {"block_metrics", "cluster_metrics"}
    return {name: url for name, url in world.service_urls.items() if name in wanted}


async def _run_local(world: World, uri: Any, code: Any, call: JSON) -> Any:
    attempt = Attempt(world, uri)
    answer = await attempt.run(code, call)
    world.logs.write(SEARCH_LOG, *attempt.local_lines(answer))
    await attempt.expect_answer(answer, 400)
    if answer["ok"]:
        return answer["result"]
    # What fails before eval fails when the search server sets the policy up, and shows itself.
    raise Refusal(MASKED if answer["stage"] == "eval" else answer["error"])


@dataclass
class Attempt:
    """One run of one policy, with its log and the time it began."""

    world: World
    uri: Any
    lines: list[str] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)

    @property
    def remaining_s(self) -> float:
        return self.world.settings.wait_limit_s - (time.monotonic() - self.begun)

    async def run(self, code: Any, call: JSON) -> JSON:
        """Fetch the archive and run it; every failure is an answer with ``ok`` false."""
        is_local = call["mode"] == "local"
        self.lines += policy_log.fetching(self.uri, code, is_local=is_local)
        try:
            archive = await fetch(self.world, code, limit_s=max(self.remaining_s, 0.01))
        except Endless:
            raise
        except Refusal as refusal:
            return _failure(refusal.text, "fetch")
        except TimeoutError:
            return _failure(f"no archive from {code}", "fetch", kind="timeout")
        runner = self._runner()
        answer: JSON = await runner.run(archive, call, limit_s=max(self.remaining_s, 0.01))
        self.lines += policy_log.fetched(code, answer.get("folder", "")) + answer["logs"]
        return answer

    def _runner(self) -> PolicyRunner:
        if self.world.runner is None:
            self.world.runner = PolicyProcesses(self.world.folder)
        return self.world.runner

    def executor_lines(self, answer: JSON) -> list[str]:
        process = answer.get("pid") or os.getpid()
        opening = policy_log.opening(self.uri, process)
        return [*opening, *self.lines, *policy_log.closing(self.uri, answer)]

    def local_lines(self, answer: JSON) -> list[str]:
        fetching = policy_log.looking_up(self.uri)
        return [*fetching, *self.lines, *policy_log.closing_locally(answer)]

    async def expect_answer(self, answer: JSON, status: int) -> None:
        """Raise where AIOS answers with an HTTP error, or not at all."""
        if answer["ok"]:
            return
        if answer["kind"] == "unserialisable":
            raise Refusal(answer["error"], status)
        if answer["kind"] == "died":
            # AIOS does not notice; keep the caller as long as every endless wait is kept.
            await asyncio.sleep(max(self.remaining_s, 0) * self.world.settings.time_scale)
        if answer["kind"] in {"died", "timeout"}:
            raise endless(self.world, f"policy {self.uri!r}: {answer['error']}")


def _failure(text: str, stage: str, kind: str = "raised") -> JSON:
    return {"ok": False, "error": text, "kind": kind, "stage": stage}
