"""What every view has: static forms, shared styles, a clean end."""

from typing import Any

import pytest
from ipywidgets import Button, ButtonStyle, Dropdown, HBox, Layout, Text
from ipywidgets.widgets import widget

from aios_nb.widgets.base_view import View
from aios_nb.widgets.lean_view import lean
from aios_nb.widgets.parts_view import close_deep


class Panel(View):
    def __init__(self) -> None:
        super().__init__()
        buttons = [self.parts.make(Button, description=name) for name in ("Add", "Remove")]
        self.row = self.parts.make(HBox, children=[self.parts.make(Text), *buttons])
        self.show(self.row, self.parts.make(Dropdown, "aios-grows", options=["a", "b"]))

    def text_summary(self) -> str:
        return "Panel(2 buttons)"

    def html_summary(self) -> str:
        return "<p>two buttons</p>"


def open_widgets() -> int:
    return len(widget._instances)


def bundle(view: View) -> dict[str, Any]:
    found = view._repr_mimebundle_()
    return found[0] if isinstance(found, tuple) else found


def test_a_view_offers_a_text_and_a_static_html_form_beside_the_live_one() -> None:
    data = bundle(Panel())

    assert "application/vnd.jupyter.widget-view+json" in data
    assert ("Panel(2 buttons)", "<p>two buttons</p>") == (data["text/plain"], data["text/html"])


def test_repr_is_the_text_form() -> None:

    assert "Panel(2 buttons)" == repr(Panel())


def test_controls_of_a_view_share_one_layout_and_one_style_per_kind() -> None:
    row = Panel().row
    text, add, remove = row.children

    assert 1 == len({id(control.layout) for control in (row, text, add, remove)})
    assert add.style is remove.style


def test_closing_a_view_leaves_no_widget_behind() -> None:
    before = open_widgets()
    Panel().close()

    assert before == open_widgets()


def test_a_view_can_be_closed_twice() -> None:
    panel = Panel()
    panel.close()
    panel.close()

    assert () == panel.children


def test_closing_a_row_closes_what_is_in_it_and_spares_what_others_share() -> None:
    panel = Panel()
    before = open_widgets()
    close_deep(panel.row)

    assert before - 4 == open_widgets()
    assert panel.parts.layout.comm is not None or panel.parts.layout in widget._instances.values()


def test_the_script_is_asked_for_each_focus_anew() -> None:
    panel = Panel()
    panel.script.focus(".aios-add")
    panel.script.focus(".aios-add")

    assert (".aios-add", 2) == panel.script.focus_on


def test_a_control_is_announced_without_what_the_browser_assumes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[dict[str, Any]] = []
    create = widget.comm.create_comm

    def created(**message: Any) -> Any:
        sent.append(message["data"]["state"])
        return create(**message)

    layout, style = Layout(), ButtonStyle()
    monkeypatch.setattr(widget.comm, "create_comm", created)
    button = lean(Button)(description="Mute", disabled=True, layout=layout, style=style)
    for opened in (button, layout, style):
        opened.close()
    names = {"_model_module", "_model_module_version", "_model_name"}

    assert names | {"_dom_classes", "description", "disabled", "layout", "style"} == sent[0].keys()
    assert ("Mute", True) == (sent[0]["description"], sent[0]["disabled"])


def test_once_announced_a_control_tells_all_that_it_is_asked_for() -> None:
    lean_one, plain = lean(Button)(description="Mute", disabled=True), Button()
    lean_one.disabled = False
    told, all_told, all_names = (
        lean_one.get_state("disabled"),
        set(lean_one.get_state()),
        set(plain.get_state()),
    )
    for opened in (lean_one, plain):
        opened.layout.close()
        opened.style.close()
        opened.close()

    assert ({"disabled": False}, all_names) == (told, all_told)
