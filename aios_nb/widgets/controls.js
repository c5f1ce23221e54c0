// Gives controls what ipywidgets cannot: names, roles, states, focus, and no notebook shortcuts.
// Everything is read from classes, titles and visible captions, so nothing needs to be sent.

const FOCUSABLE = "input, select, textarea, button, summary, a[href], [tabindex]";
const LIST = "aios-list-";
let ids = 0;

function isNamed(control) {
  return control.labels?.length ? [...control.labels].some((l) => l.textContent.trim()) : false;
}

function nameControl(control) {
  // With a control focused, JupyterLab would take "d d" for "delete this cell".
  control.setAttribute("data-lm-suppress-shortcuts", "true");
  const host = control.closest(".widget-inline-hbox, .jupyter-button, .widget-upload") ?? control;
  // A tooltip stands at the label, which of a slider may be hidden.
  const label = control.labels?.[0] ?? host.querySelector("label[title]");
  const name = control.title || host.title || label?.title;
  const wantsName = control.tagName !== "BUTTON" || !control.textContent.trim();
  if (wantsName && name && !isNamed(control)) control.setAttribute("aria-label", name);
  if (control.matches(".jupyter-widget-toggle-button, .widget-toggle-button")) {
    control.setAttribute("aria-pressed", String(control.classList.contains("mod-active")));
  }
}

function nameGroup(group) {
  const caption = group.querySelector(".aios-caption");
  group.setAttribute("role", "group");
  if (!caption) return;
  caption.id ||= `aios-caption-${++ids}`;
  group.setAttribute("aria-labelledby", caption.id);
}

function fillLists(el, prefix, lists) {
  el.replaceChildren(
    ...Object.entries(lists).map(([name, options]) => {
      const list = document.createElement("datalist");
      list.id = prefix + name;
      for (const [value, label] of options) list.append(new Option(label, value));
      return list;
    }),
  );
}

function offerLists(root, prefix) {
  for (const host of root.querySelectorAll(`[class*="${LIST}"]`)) {
    const name = [...host.classList].find((c) => c.startsWith(LIST)).slice(LIST.length);
    const input = host.querySelector("input");
    if (input?.getAttribute("list") !== prefix + name) input?.setAttribute("list", prefix + name);
  }
}

function dress(root, prefix) {
  offerLists(root, prefix);
  root.querySelectorAll(FOCUSABLE).forEach(nameControl);
  [root, ...root.querySelectorAll(".aios-group")].forEach(nameGroup);
  root.querySelectorAll(".aios-live").forEach((e) => {
    e.setAttribute("role", "status");
    e.setAttribute("aria-live", "polite");
  });
  root.querySelectorAll(".aios-alert").forEach((e) => e.setAttribute("role", "alert"));
}

function focusOn(root, selector) {
  const host = selector && root.querySelector(selector);
  const control = host && (host.matches(FOCUSABLE) ? host : host.querySelector(FOCUSABLE));
  control?.focus();
}

function render({ model, el }) {
  const prefix = `aios-${++ids}-`;
  const fill = ({ lists }) => lists && fillLists(el, prefix, lists);
  let observer, root;
  const focus = () => {
    const [selector] = model.get("focus_on");
    requestAnimationFrame(() => root && focusOn(root, selector));
  };
  const start = () => {
    root = el.closest(".aios-view");
    if (!root) {
      if (model.get("is_open")) requestAnimationFrame(start);
      return;
    }
    dress(root, prefix);
    observer = new MutationObserver(() => dress(root, prefix));
    observer.observe(root, {
      attributeFilter: ["class", "title"],
      childList: true,
      subtree: true,
    });
  };
  model.on("change:focus_on", focus);
  model.on("msg:custom", fill);
  model.send("lists?");
  start();
  return () => {
    observer?.disconnect();
    model.off("change:focus_on", focus);
    model.off("msg:custom", fill);
  };
}

export default { render };
