"""The tree of exceptions, and how they read."""

import copy
import pickle

import pytest

from aios_nb.errors import (
    AIOSError,
    ConfigurationError,
    PayloadError,
    PolicyError,
    ServiceError,
    TransportError,
    did_you_mean,
)


@pytest.mark.parametrize(
    "kind", [ConfigurationError, PayloadError, PolicyError, TransportError, ServiceError]
)
def test_every_error_is_an_aios_error(kind: type) -> None:

    assert issubclass(kind, AIOSError)


def test_payload_error_is_a_value_error() -> None:

    assert issubclass(PayloadError, ValueError)


def test_service_error_shows_who_said_what_and_what_it_means() -> None:
    error = ServiceError("adhoc", 200, "'session_id'", "send it")

    assert "adhoc said no (HTTP 200): 'session_id'\n  hint: send it" == str(error)


def test_service_error_without_a_hint_has_one_line() -> None:

    assert "\n" not in str(ServiceError("adhoc", 500, "boom"))


def test_service_error_survives_pickling_as_pytest_xdist_and_executors_need() -> None:
    error = ServiceError("adhoc", 200, "boom", "why")

    assert vars(error) == vars(pickle.loads(pickle.dumps(error)))


def test_transport_error_survives_copying_and_pickling() -> None:
    error = TransportError("text", service="adhoc", url="http://h", timed_out=True)

    assert vars(error) == vars(pickle.loads(pickle.dumps(error)))
    assert str(error) == str(copy.copy(error))


def test_policy_error_shows_the_policys_traceback_and_survives_pickling() -> None:
    error = PolicyError("policy x.zip failed", traceback="KeyError: 'id'", lines=("line",))

    assert "policy x.zip failed\nKeyError: 'id'" == str(error)
    assert vars(error) == vars(pickle.loads(pickle.dumps(error)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("like", "; did you mean 'LIKE'?"), ("LIK", "; did you mean 'LIKE'?"), ("quux", ""), (7, "")],
)
def test_a_near_miss_is_suggested_and_a_far_one_is_not(value: object, expected: str) -> None:

    assert expected == did_you_mean(value, ["LIKE", "IN", "=="])
