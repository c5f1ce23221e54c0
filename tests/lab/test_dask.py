"""A sweep on Dask: the same answers from its executor, wherever its workers are."""

from typing import Any

import pytest
from distributed import Client, LocalCluster

from aios_nb import SelectionQuery
from aios_nb.lab import Recorded, winner_map

OVER: dict[str, Any] = {
    "Fast_Generator": [0.0, 0.25, 0.5, 0.75, 1.0],
    "Free_Block": [0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_sweep_runs_on_dasks_executor(query: SelectionQuery, recorded: Recorded) -> None:
    seen: list[tuple[int, int]] = []
    # In this process: a test needs Dask's executor and serialisation, not its processes.
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        found = winner_map(
            query,
            on=recorded,
            over=OVER,
            executor=client.get_executor(),
            progress=lambda *numbers: seen.append(numbers),
        )

    assert winner_map(query, on=recorded, over=OVER) == found
    assert [(1, 2), (2, 2)] == seen
