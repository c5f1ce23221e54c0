"""Code that makes the same choice with pandas, from blocks that were fetched before."""

from __future__ import annotations

from .draft import Draft
from .mongo_export import regex
from .tree import ConditionNode, Node, audible

PREFIXES = {"block": "", "metrics": "metrics.", "cluster": "cluster."}
PREAMBLE = '''\
import pandas as pd

# blocks: candidates with their metrics, as find_candidates returns them


def values(document, path):
    """Return every value at a dotted path, lists walked through."""
    if isinstance(document, list):
        return [found for part in document for found in values(part, path)]
    if not path:
        return [document]
    head, _, rest = path.partition(".")
    return values(document.get(head, []), rest) if isinstance(document, dict) else []


def column(path):
    """Return one list of values per block."""
    return pd.Series([values(block, path) for block in blocks], index=names, dtype=object)


def numbers(path):
    """Return every number at a path, one row each; a block without any has one empty row."""
    return pd.to_numeric(column(path).explode(), errors="coerce").groupby(level=0, sort=False)


names = pd.Index([block["id"] for block in blocks], name="block")
has_metrics = pd.Series([bool(block.get("metrics")) for block in blocks], index=names)
'''
AGGREGATES = {"avg": "mean", "stdDevPop": "std(ddof=0)", "stdDevSamp": "std(ddof=1)"}


def pandas_mask(draft: Draft) -> str:
    """Return code that binds ``mask``: a boolean per block, indexed by block id.

    Text, not a mask: this package makes tables in one place only. ``<``, ``<=`` and ``!=`` on an
    aggregate also let blocks without data pass, as they do in AIOS, but not those without any
    metrics document.

    Raises
    ------
    PayloadError
        A condition is incomplete, or there is none.

    Examples
    --------
    >>> print(pandas_mask(Draft(block=ConditionNode("id", "==", "a"))).splitlines()[-1])
    mask = column('id').map(lambda found: 'a' in found)
    """
    draft.to_rule()
    heard = [(part, audible(root)) for part, root in draft.roots()]
    terms = [_term(root, PREFIXES[part]) for part, root in heard if root is not None]
    terms += ["has_metrics"] * ("metrics." in "".join(terms))
    if len(terms) == 1:
        return f"{PREAMBLE}mask = {terms[0]}"
    joined = "\n    & ".join(f"({term})" for term in terms)
    return f"{PREAMBLE}mask = (\n    {joined}\n)"


def _term(node: Node, prefix: str) -> str:
    if isinstance(node, ConditionNode):
        return _aggregated(node, prefix) if node.aggregate else _plain(node, prefix)
    if not node.members:
        return "pd.Series(True, index=names)"
    joint = " & " if node.operator == "AND" else " | "
    return joint.join(f"({_term(member, prefix)})" for member in node.members)


def _plain(node: ConditionNode, prefix: str) -> str:
    field, value, operator = f"{prefix}{node.field}", node.value, node.operator
    if operator == "LIKE":
        test = f"pd.Series(found, dtype=str).str.contains({regex(str(value))!r}).any()"
    elif operator == "IN":
        test = f"any(one in {value!r} for one in found)"
    elif operator == "==":
        test = f"{value!r} in found"
    elif operator == "!=":
        test = f"{value!r} not in found"
    else:
        kind = "str" if isinstance(value, str) else "(int, float)"
        test = f"any(isinstance(one, {kind}) and one {operator} {value!r} for one in found)"
    return f"column({field!r}).map(lambda found: {test})"


def _aggregated(node: ConditionNode, prefix: str) -> str:
    name = AGGREGATES.get(str(node.aggregate), str(node.aggregate))
    call = name if name.endswith(")") else f"{name}()"
    # pandas compares with nan as false; in AIOS no data is less than any number.
    lets_pass = ".fillna(float('-inf'))" if node.operator in {"<", "<="} else ""
    number = f"numbers({f'{prefix}{node.field}'!r}).{call}{lets_pass}"
    return f"{number} {node.operator} {node.value!r}"
