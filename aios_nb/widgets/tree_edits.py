"""What a reader may do to the tree: each edit takes a tree and a path and returns a new tree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..errors import PayloadError
from .tree import GroupNode, Node, Path, group_at, node_at, swap


def insert(root: Node, path: Path, node: Node) -> Node:
    """Return the tree with ``node`` at ``path``; what stood there follows it.

    Raises
    ------
    PayloadError
        The path is the root, or its group does not exist or is shorter.
    """
    if not path:
        raise PayloadError("nothing can stand beside the root; insert into a group, such as (0,)")
    *above, index = path
    members = group_at(root, tuple(above)).members
    if not 0 <= index <= len(members):
        raise PayloadError(f"cannot insert at {path}; the group has {len(members)} members")
    grown = (*members[:index], node, *members[index:])
    return change(root, tuple(above), members=grown)


def add(root: Node, path: Path, node: Node) -> tuple[Node, Path]:
    """Return the tree with ``node`` as last member of the group at ``path``, and where it is.

    A condition at ``path`` is first wrapped into an AND group.

    Raises
    ------
    PayloadError
        The path leads nowhere.
    """
    host = node_at(root, path)
    if not isinstance(host, GroupNode):
        root, host = group(root, path), GroupNode("AND", (host,))
    place = (*path, len(host.members))
    return insert(root, place, node), place


def remove(root: Node, path: Path) -> Node | None:
    """Return the tree without the node at ``path``; ``None`` if that was the root.

    Raises
    ------
    PayloadError
        The path leads nowhere.
    """
    return swap(root, path, lambda _: ()) if path else None


def clone(root: Node, path: Path) -> tuple[Node, Path]:
    """Return the tree with the node at ``path`` twice, and where the second is.

    Raises
    ------
    PayloadError
        The path leads nowhere.
    """
    if not path:
        return add(GroupNode("AND", (root,)), (), root)
    copy_path = (*path[:-1], path[-1] + 1)
    return swap(root, path, lambda node: (node, node)), copy_path


def group(root: Node, path: Path, operator: str = "AND") -> Node:
    """Return the tree in which a new group holds the node at ``path``.

    Raises
    ------
    PayloadError
        The path leads nowhere, or the operator is neither AND nor OR.
    """
    return swap(root, path, lambda node: (GroupNode(operator, (node,)),))


def ungroup(root: Node, path: Path) -> Node:
    """Return the tree in which the members of the group at ``path`` take its place.

    Raises
    ------
    PayloadError
        There is no group at the path, or it is the root and has other than one member.
    """
    members = group_at(root, path).members
    return swap(root, path, lambda _: members)


def mute(root: Node, path: Path, *, is_muted: bool | None = None) -> Node:
    """Return the tree with the node at ``path`` left out of, or back in, what is sent.

    Parameters
    ----------
    is_muted
        ``None``: the opposite of what it is.

    Raises
    ------
    PayloadError
        The path leads nowhere.
    """
    wanted = not node_at(root, path).is_muted if is_muted is None else is_muted
    return swap(root, path, lambda node: (replace(node, is_muted=wanted),))


def change(root: Node, path: Path, **attributes: Any) -> Node:
    """Return the tree in which the node at ``path`` has other attributes.

    Raises
    ------
    PayloadError
        The path leads nowhere, or the node has no such attribute.
    """
    node = node_at(root, path)
    unknown = [name for name in attributes if name not in node.__dataclass_fields__]
    if unknown:
        known = ", ".join(node.__dataclass_fields__)
        raise PayloadError(f"the node at {path} has no {unknown[0]!r}; it has {known}")
    return swap(root, path, lambda found: (replace(found, **attributes),))


def move(root: Node, source: Path, target: Path) -> Node:
    """Return the tree with the node at ``source`` taken out and inserted at ``target``.

    Parameters
    ----------
    target
        Where the node is afterwards, counted in the tree without it.

    Raises
    ------
    PayloadError
        A path leads nowhere, or the root was to be moved.
    """
    node = node_at(root, source)
    rest = remove(root, source)
    if rest is None:
        raise PayloadError("the root cannot be moved; there is nowhere else")
    return insert(rest, target, node)


def step(root: Node, path: Path, by: int) -> tuple[Node, Path]:
    """Return the tree with the node one line up (-1) or down (+1), and where it is then.

    A group beside it is entered; at the edge of its own group the node leaves it, and a group
    that this empties is removed. At the edge of the tree nothing changes.

    Raises
    ------
    PayloadError
        The path leads nowhere.
    """
    node_at(root, path)
    if not path:
        return root, path
    *above, index = path
    members, beside = group_at(root, tuple(above)).members, index + by
    if 0 <= beside < len(members):
        neighbour = members[beside]
        if isinstance(neighbour, GroupNode):
            inside = len(neighbour.members) if by < 0 else 0
            target = (*above, beside if by < 0 else index, inside)
        else:
            target = (*above, beside)
        return move(root, path, target), target
    return _leave(root, path, by) if above else (root, path)


def _leave(root: Node, path: Path, by: int) -> tuple[Node, Path]:
    *above, parent_index, _ = path
    parent = path[:-1]
    node = node_at(root, path)
    if len(group_at(root, parent).members) == 1:
        return swap(root, parent, lambda _: (node,)), parent
    target = (*above, parent_index if by < 0 else parent_index + 1)
    return move(root, path, target), target
