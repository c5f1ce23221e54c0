"""Runs of a policy, read back from its lines."""

from aios_nb.policy_log import read_runs, read_score


def test_a_run_ends_with_its_winner_and_copies_count_once() -> None:
    score = "INFO - Candidate 'a' - Final Score: 0.5000"
    best = "INFO - Best candidate selected: a with score 0.5000"
    runs = list(read_runs([score, score, best, best, score, best]))

    assert [("a", ["a"]), ("a", ["a"])] == [(winner, list(scores)) for winner, scores in runs]


def test_a_line_without_a_score_is_none() -> None:

    assert read_score("Scoring complete.") is None


def test_details_are_read_where_a_policy_gives_them() -> None:
    details = '{"live_instances": 2, "goals": [{"name": "Free_Block"}]}'
    found = read_score(f"Candidate 'a' - Final Score: 0.5 - Parsed Metrics: {details}")

    assert found is not None
    assert (2, [{"name": "Free_Block"}]) == (found.live_instances, found.goals)
