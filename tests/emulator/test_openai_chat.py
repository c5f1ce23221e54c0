"""A real model behind the matcher block: a small server of our own, and a LiteLLM proxy."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from model_server import ModelServer

from aios_nb import (
    AIOSClient,
    Condition,
    Endpoints,
    FilterRule,
    InferenceRequest,
    PolicyPackage,
    SelectionQuery,
    ServiceError,
)
from aios_nb.emulator import Emulator
from aios_nb.endpoints import SERVICES

MATCHER = "qwen3-32b-matcher"
POLICY = Path(__file__).parents[2] / "notebooks/policies/llmmatcher"
CHOICE = '{"id": "finch-8b-chat"}'
CONFIG = """
model_list:
  - model_name: matcher
    litellm_params: {model: openai/none, api_key: none, mock_response: '{"id": "finch-8b-chat"}'}
general_settings: {master_key: sk-for-this-test}
"""
START_LIMIT_S, INSTALL_LIMIT_S = 90, 400


def ask_matcher(base_url: str, **options: Any) -> str:
    with Emulator(openai_base_url=base_url, openai_model="matcher", **options) as emulator:
        return client_of(emulator).infer(InferenceRequest(message="which?", model=MATCHER)).reply


def client_of(emulator: Emulator) -> Any:
    known = {name: url for name, url in emulator.addresses.items() if name in SERVICES}
    return AIOSClient(Endpoints(**known))


def test_matcher_answers_with_the_words_of_the_model() -> None:
    with ModelServer("finch, I think") as server:
        reply = ask_matcher(f"{server.url}/v1/")
        path, _, body = server.asked[0]

    assert "finch, I think" == reply
    assert ("/v1/chat/completions", "matcher") == (path, body["model"])
    assert [{"role": "user", "content": "which?"}] == body["messages"]


def test_only_the_matcher_has_a_model_behind_it() -> None:
    with ModelServer("x") as server, Emulator(openai_base_url=server.url) as emulator:
        request = InferenceRequest(message="hello", model="finch-8b-chat")
        reply = client_of(emulator).infer(request).reply

        assert "no model was run" in reply
        assert [] == server.asked


@pytest.mark.parametrize("key", ["", "k-env"])
def test_the_key_comes_from_the_environment(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", key)
    with ModelServer("yes") as server:
        ask_matcher(server.url)
        headers = server.asked[0][1]

    assert (f"Bearer {key}" if key else None) == headers.get("Authorization")


@pytest.mark.parametrize(
    "server_options",
    [{"reply": None}, {"reply": "x", "status": 500}, {"reply": {"choices": []}}],
    ids=["silent", "500", "no choice"],
)
def test_a_model_that_fails_makes_the_block_silent(server_options: dict[str, Any]) -> None:
    with (
        ModelServer(**server_options) as server,
        Emulator(openai_base_url=server.url, wait_limit_s=0.3) as emulator,
        pytest.raises(ServiceError, match="waited for ever"),
    ):
        client_of(emulator).infer(InferenceRequest(message="which?", model=MATCHER))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"openai_base_url": "localhost:4000"}, "expected a URL"),
        ({"openai_base_url": "http://x", "openai_model": " "}, "openai_model is empty"),
    ],
)
def test_an_impossible_server_is_refused(options: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Emulator(**options)


def executable(config: pytest.Config) -> Path:
    """Return the proxy's command: installed on the machine, earlier for this test, or now."""
    if found := shutil.which("litellm"):
        return Path(found)
    # Without pytest's cache (-p no:cacheprovider) there is no folder that outlives the test.
    folder = Path(config.cache.mkdir("litellm")) if getattr(config, "cache", None) else None
    if folder and (folder / "bin" / "litellm").exists():
        return folder / "bin" / "litellm"
    if folder is None or not os.environ.get("AIOS_NB_INSTALL_LITELLM"):
        pytest.skip("no litellm here; AIOS_NB_INSTALL_LITELLM=1 installs it in pytest's cache")
    return installed(folder)


def installed(folder: Path) -> Path:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    pip = [folder / "bin" / "pip", "install", "--quiet", "--retries", "1", "litellm[proxy]"]
    installing = subprocess.run(pip, timeout=INSTALL_LIMIT_S, capture_output=True, text=True)
    if installing.returncode:
        pytest.skip(f"litellm[proxy] cannot be installed: {installing.stderr.strip()[-200:]}")
    return folder / "bin" / "litellm"


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Iterator[str]:
    command = executable(pytestconfig)
    folder = tmp_path_factory.mktemp("litellm")
    (folder / "config.yaml").write_text(CONFIG)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = ["--host", "127.0.0.1", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [command, "--config", folder / "config.yaml", *address], stdout=log, stderr=log
        )
    try:
        await_life(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.terminate()
        process.wait(10)


def await_life(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/health/liveliness", timeout=2).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"the LiteLLM proxy did not come to life within {START_LIMIT_S} s")


def test_emulator_asks_a_litellm_proxy(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-this-test")

    assert CHOICE == ask_matcher(proxy)


def test_policy_asks_a_litellm_proxy(proxy: str) -> None:
    with Emulator() as emulator:
        client = client_of(emulator)
        uri = client.deploy_policy(PolicyPackage.from_folder(POLICY))
        parameters = {"openai_base_url": proxy, "openai_model": "matcher"}
        secret = {"openai_api_key": "sk-for-this-test"}
        query = SelectionQuery(
            uri,
            FilterRule(block=Condition("id", "LIKE", "*chat")),
            user_query="small and cheap",
            parameters={**parameters, **secret},
        )

        assert "finch-8b-chat" == client.select_block(query)["id"]


def test_policy_asks_the_emulators_matcher_with_the_proxy_behind_it(
    proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-for-this-test")
    with Emulator(openai_base_url=proxy, openai_model="matcher") as emulator:
        client = client_of(emulator)
        uri = client.deploy_policy(PolicyPackage.from_folder(POLICY))
        asked = {"llm_block_id": MATCHER, "llm_server_address": client.endpoints.adhoc}
        query = SelectionQuery(
            uri,
            FilterRule(block=Condition("id", "LIKE", "*chat")),
            user_query="small and cheap",
            parameters=asked,
        )

        assert "finch-8b-chat" == client.select_block(query)["id"]
