"""The tree: every edit gives a new tree, and paths say where."""

import pytest

from aios_nb.errors import PayloadError
from aios_nb.widgets import tree_edits
from aios_nb.widgets.tree import ConditionNode, GroupNode, Node, audible, node_at, walk


def leaf(name: str) -> ConditionNode:
    return ConditionNode(name, "==", 1)


A, B, C, D = (leaf(name) for name in "abcd")
#     ()      AND
#     (0,)    a
#     (1,)    OR: (1, 0) b, (1, 1) c
#     (2,)    d
ROOT = GroupNode("AND", (A, GroupNode("OR", (B, C)), D))


def names(node: Node) -> str:
    """Write a tree as ``a(bc)d``."""
    if isinstance(node, ConditionNode):
        return node.field
    return "".join(f"({names(m)})" if isinstance(m, GroupNode) else names(m) for m in node.members)


def test_walking_yields_parents_before_members() -> None:
    paths = [path for path, _ in walk(ROOT)]

    assert [(), (0,), (1,), (1, 0), (1, 1), (2,)] == paths


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((3,), r"path (3,) leads nowhere; the group at () has 3 members"),
        ((-1,), r"path (-1,) leads nowhere; the group at () has 3 members"),
        ((0, 0), r"path (0, 0) leads nowhere; at (0,) is a condition on 'a'"),
    ],
)
def test_a_path_that_leads_nowhere_says_how_far_it_got(
    path: tuple[int, ...], expected: str
) -> None:
    with pytest.raises(PayloadError) as caught:
        node_at(ROOT, path)

    assert expected == str(caught.value)


@pytest.mark.parametrize(
    ("path", "expected"), [((0,), "xa(bc)d"), ((3,), "a(bc)dx"), ((1, 1), "a(bxc)d")]
)
def test_insert_puts_the_node_where_the_path_says(path: tuple[int, ...], expected: str) -> None:
    tree = tree_edits.insert(ROOT, path, leaf("x"))

    assert expected == names(tree)
    assert "x" == node_at(tree, path).field


def test_an_edit_leaves_the_tree_before_as_it_was() -> None:
    tree_edits.remove(ROOT, (1, 0))

    assert "a(bc)d" == names(ROOT)


def test_what_an_edit_does_not_touch_is_shared() -> None:
    tree = tree_edits.change(ROOT, (0,), value=2)

    assert node_at(tree, (1,)) is node_at(ROOT, (1,))


def test_nothing_is_inserted_beside_the_root() -> None:
    with pytest.raises(PayloadError, match="beside the root"):
        tree_edits.insert(ROOT, (), A)


def test_insert_refuses_a_gap() -> None:
    with pytest.raises(PayloadError, match="cannot insert at \\(5,\\); the group has 3 members"):
        tree_edits.insert(ROOT, (5,), A)


def test_add_appends_and_says_where() -> None:
    tree, path = tree_edits.add(ROOT, (1,), leaf("x"))

    assert ("a(bcx)d", (1, 2)) == (names(tree), path)


def test_adding_to_a_condition_wraps_both_into_a_group() -> None:
    tree, path = tree_edits.add(A, (), B)

    assert (GroupNode("AND", (A, B)), (1,)) == (tree, path)


def test_removing_the_root_leaves_nothing() -> None:

    assert None is tree_edits.remove(ROOT, ())


def test_remove_takes_a_group_with_its_members() -> None:

    assert "ad" == names(tree_edits.remove(ROOT, (1,)))


def test_clone_stands_right_after_its_original() -> None:
    tree, path = tree_edits.clone(ROOT, (1,))

    assert ("a(bc)(bc)d", (2,)) == (names(tree), path)


def test_cloning_the_root_makes_a_group_of_two() -> None:
    tree, path = tree_edits.clone(A, ())

    assert (GroupNode("AND", (A, A)), (1,)) == (tree, path)


def test_group_wraps_one_node() -> None:
    tree = tree_edits.group(ROOT, (2,), "OR")

    assert "a(bc)(d)" == names(tree)
    assert "OR" == node_at(tree, (2,)).operator


def test_ungroup_undoes_group() -> None:

    assert tree_edits.ungroup(tree_edits.group(ROOT, (2,)), (2,)) == ROOT


def test_ungroup_lets_members_take_the_place_of_their_group() -> None:

    assert "abcd" == names(tree_edits.ungroup(ROOT, (1,)))


def test_a_root_of_several_members_cannot_be_ungrouped() -> None:
    with pytest.raises(PayloadError, match="the root must stay one node"):
        tree_edits.ungroup(ROOT, ())


def test_mute_switches_and_switches_back() -> None:
    once = tree_edits.mute(ROOT, (1,))

    assert node_at(once, (1,)).is_muted
    assert tree_edits.mute(once, (1,)) == ROOT


def test_change_refuses_an_attribute_that_the_node_lacks() -> None:
    with pytest.raises(PayloadError, match="the node at \\(0,\\) has no 'members'; it has field"):
        tree_edits.change(ROOT, (0,), members=())


def test_move_counts_the_target_without_the_node() -> None:

    assert "(bc)da" == names(tree_edits.move(ROOT, (0,), (2,)))


@pytest.mark.parametrize(
    ("path", "by", "expected", "where"),
    [
        ((0,), +1, "(abc)d", (0, 0)),
        ((2,), -1, "a(bcd)", (1, 2)),
        ((1, 0), -1, "ab(c)d", (1,)),
        ((1, 1), +1, "a(b)cd", (2,)),
        ((1, 0), +1, "a(cb)d", (1, 1)),
        ((1,), -1, "(bc)ad", (0,)),
        ((0,), -1, "a(bc)d", (0,)),
        ((2,), +1, "a(bc)d", (2,)),
    ],
)
def test_stepping_follows_the_lines_on_screen(
    path: tuple[int, ...], by: int, expected: str, where: tuple[int, ...]
) -> None:
    tree, found = tree_edits.step(ROOT, path, by)

    assert (expected, where) == (names(tree), found)


def test_a_group_that_its_last_member_leaves_is_gone() -> None:
    root = GroupNode("AND", (A, GroupNode("OR", (B,))))
    tree, where = tree_edits.step(root, (1, 0), -1)

    assert ("ab", (1,)) == (names(tree), where)


def test_muted_parts_are_not_heard() -> None:

    assert "ad" == names(audible(tree_edits.mute(ROOT, (1,))))


def test_a_group_that_muting_empties_is_not_sent() -> None:
    tree = tree_edits.mute(tree_edits.mute(ROOT, (1, 0)), (1, 1))

    assert "ad" == names(audible(tree))


def test_a_group_that_came_empty_is_sent() -> None:

    assert GroupNode("OR") == audible(GroupNode("OR"))


def test_true_and_one_are_different_values() -> None:

    assert ConditionNode("a", "==", True) != ConditionNode("a", "==", 1)


def test_a_node_does_not_share_its_value_with_the_writer() -> None:
    value = ["a"]
    node = ConditionNode("a", "IN", value)
    value.append("b")

    assert ["a"] == node.value
