"""Regular expressions: PCRE's spelling, MongoDB's complaints, and no pattern that never ends."""

import pytest

from aios_nb.emulator.engine.bson import MISSING, MongoError
from aios_nb.emulator.engine.patterns import compile_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"chat.*modal", "chat-completion, multi-modal", True),
        (r"chat.*modal", "chat\nmodal", False),
        (r"a\.b", "axb", False),
        (r"^b", "a\nb", False),
        (r"b$", "a\nb\n", True),
        (r"\w", "é", False),
        (r"\d", "٣", False),
        (r"(?<name>a)", "a", True),
        (r"[[:alpha:]]", "1a", True),
        (r"a{,2}", "a{,2}", True),
        (r"a\z", "a\n", False),
        (r"\h", "\t", True),
        (r"x{2}", "xx", True),
        (r"\Qa+b\E+", "a+bb", True),
        (r"\Qa+b", "a+b", True),
        (r"\x{41}", "A", True),
    ],
)
def test_patterns_mean_what_pcre_means(pattern: str, text: str, matches: bool) -> None:

    assert matches is compile_pattern(pattern)(text)


@pytest.mark.parametrize(
    ("options", "matches"), [("i", True), ("", False), ("is", True), ("x", False)]
)
def test_options(options: str, matches: bool) -> None:

    assert matches is compile_pattern("CHAT", options)("chat")


@pytest.mark.parametrize("value", [None, MISSING, 5, True, ["chat"], {"chat": 1}])
def test_only_texts_match(value: object) -> None:

    assert compile_pattern("chat|.*")(value) is False
    assert compile_pattern(".*")(value) is False


@pytest.mark.parametrize(
    ("pattern", "options", "text"),
    [
        ("c++", "", "quantifier does not follow a repeatable item"),
        ("*", "", "quantifier does not follow a repeatable item"),
        ("(", "", "missing closing parenthesis"),
        (")", "", "unmatched closing parenthesis"),
        ("[a", "", "missing terminating ] for character class"),
        ("\\", "", "\\ at end of pattern"),
        ("(?<=a*)b", "", "lookbehind assertion is not fixed length"),
        ("a" * 32_765, "", "regular expression is too large"),
        ("a", "q", "invalid flag in regex options: q"),
        (5, "", "$regex has to be a string"),
        ("a", 5, "$options has to be a string"),
    ],
)
def test_what_is_no_regular_expression(pattern: object, options: object, text: str) -> None:

    with pytest.raises(MongoError) as caught:
        compile_pattern(pattern, options)
    assert caught.value.text.endswith(text)


@pytest.mark.parametrize("pattern", ["(a+)+$", "(a|a)*b", "(.*a){12}b", "a*a*a*a*a*b"])
def test_a_pattern_that_would_run_for_ever_is_stopped(pattern: str) -> None:
    matches = compile_pattern(pattern)

    assert matches("a" * 8 + "b") is (not pattern.endswith(("$", "{12}b")))
    with pytest.raises(MongoError, match="exceeds the match limit"):
        matches("a" * 100_000)
