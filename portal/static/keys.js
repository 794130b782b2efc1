// Single keys for lists and decisions. Each only moves the focus or opens a form: nothing is decided by a key alone.
// They can be switched off, which this browser remembers; while somebody types they are letters.
(() => {
  "use strict";
  const STORED = "selfbill-keys";
  const dialog = document.getElementById("keys");
  const button = document.querySelector("#keys-open button");
  const box = document.getElementById("keys-on");
  if (!dialog || !button || !box) return;

  const remembered = () => {
    try {
      return localStorage.getItem(STORED);
    } catch {
      return null; // storage may be forbidden; then they are on for this page
    }
  };
  let on = remembered() !== "off";
  box.checked = on;
  box.addEventListener("change", () => {
    on = box.checked;
    try {
      localStorage.setItem(STORED, on ? "on" : "off");
    } catch {
      // for this page only
    }
  });
  button.parentElement.hidden = false;
  button.addEventListener("click", () => dialog.showModal());

  const isTyping = (one) => one.isContentEditable || one.matches("input, textarea, select");
  const links = () => [...document.querySelectorAll("[data-row] h3 a")];
  const row = () => document.activeElement?.closest("[data-row]") ?? null;

  const step = (by) => {
    const all = links();
    const here = row();
    const at = here ? all.findIndex((one) => here.contains(one)) : by > 0 ? -1 : all.length;
    all[Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
  };

  // In a list of the row that has the focus; on a request's page of the page.
  const open = (key) => {
    const part = (row() ?? (links().length ? null : document))?.querySelector(`[data-key="${key}"]`);
    if (!part) return;
    if (part.tagName === "A") return part.click();
    part.open = true;
    part.querySelector("input:not([type=hidden]), textarea, button, a")?.focus();
  };

  const deeds = {
    j: () => step(1),
    k: () => step(-1),
    o: () => row()?.querySelector("h3 a")?.click(),
    a: () => open("a"),
    d: () => open("d"),
    n: () => open("n"),
    "?": () => dialog.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const deed = Object.hasOwn(deeds, event.key) ? deeds[event.key] : null;
    if (!on || !deed || event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (dialog.open || isTyping(event.target)) return;
    event.preventDefault();
    deed();
  });
})();
