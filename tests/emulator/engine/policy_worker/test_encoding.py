"""What a policy returns becomes the JSON that Flask makes of it, or is refused in its words."""

from pathlib import Path
from typing import Any

import pytest

from ..archive_files import policy
from ..policy_runs import run


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("return {'b': (1, 2), 3: None}", None),
        ("return {'b': (1, 2), 'a': None}", {"a": None, "b": [1, 2]}),
        ("return None", None),
        ("return [float('inf')]", [float("inf")]),
        ("import decimal\nreturn decimal.Decimal('1.5')", "1.5"),
        ("import datetime\nreturn datetime.date(2026, 1, 2)", "Fri, 02 Jan 2026 00:00:00 GMT"),
    ],
)
def test_results_become_json_as_flask_makes_them(tmp_path: Path, body: str, expected: Any) -> None:

    assert expected == run(tmp_path, policy(body)).get("result")
