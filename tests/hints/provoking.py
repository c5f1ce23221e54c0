"""What the client's values refuse, sent all the same."""

from typing import Any

import pytest
import requests

from aios_nb import ServiceError, answers
from aios_nb.client import AIOSClient


def post(aios: AIOSClient, body: Any, **options: Any) -> ServiceError:
    """Return the error that AIOS's answer to a body becomes."""
    sent = options or {"json": body}
    answer = requests.post(f"{aios.endpoints.adhoc}/v1/infer", timeout=20, **sent)
    with pytest.raises(ServiceError) as caught:
        answers.unwrap("adhoc", answer.status_code, answer.json())
    return caught.value
