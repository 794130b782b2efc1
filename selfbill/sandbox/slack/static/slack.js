// The client's script: live pages, confirm dialogs, modals. Everything also works without it, by plain forms.
"use strict";

const drawn = new Map(); // region id → the HTML the server gave last, so that untouched regions stay as they are
let looking = false;
let lookAgain = false;

document.documentElement.classList.add("scripted");

function regions(root) {
  return [...root.querySelectorAll("[data-region]")];
}

function remember() {
  for (const region of regions(document)) drawn.set(region.id, region.innerHTML);
}

function atEnd(scroll) {
  return scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
}

function focusKey(element) {
  const row = element.closest("[data-ts]");
  return { name: element.getAttribute("name"), ts: row && row.dataset.ts };
}

function refocus(region, key) {
  if (!key.name) return;
  const scope = (key.ts && region.querySelector(`[data-ts="${key.ts}"]`)) || region;
  const again = scope.querySelector(`[name="${CSS.escape(key.name)}"]`);
  if (again) again.focus({ preventScroll: true });
}

function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const region of regions(document)) {
    const next = fresh.getElementById(region.id);
    if (!next || next.innerHTML === drawn.get(region.id)) continue;
    const had = region.contains(document.activeElement) ? focusKey(document.activeElement) : null;
    const scroll = region.closest("[data-to-end]");
    const stay = scroll && atEnd(scroll);
    drawn.set(region.id, next.innerHTML);
    region.replaceChildren(...next.childNodes);
    if (had) refocus(region, had);
    if (stay) scroll.scrollTop = scroll.scrollHeight;
  }
  showModal();
}

function showModal() {
  const dialog = document.querySelector("#modal dialog");
  if (!dialog || dialog.matches(":modal")) return;
  dialog.removeAttribute("open");
  dialog.showModal();
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    dialog.querySelector("[data-close]").click();
  });
  const wrong = dialog.querySelector("[aria-invalid]");
  const first = wrong || dialog.querySelector("textarea, select, input:not([type=hidden])");
  if (first) first.focus();
}

async function look() {
  if (looking) {
    lookAgain = true;
    return;
  }
  looking = true;
  try {
    const answer = await fetch(location.href, { headers: { "X-Scripted": "1" } });
    if (answer.ok) swap(await answer.text());
  } catch {
    // The stream says when the server is back.
  }
  looking = false;
  if (lookAgain) {
    lookAgain = false;
    look();
  }
}

async function send(form, pressed, more = {}) {
  const data = new FormData(form, pressed || undefined);
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  const target = (pressed && pressed.getAttribute("formaction")) || form.getAttribute("action");
  if (pressed) pressed.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(target, {
      method: "POST",
      body: new URLSearchParams(data),
      headers: { "X-Scripted": "1" },
    });
    if (answer.ok) swap(await answer.text());
    else await look();
  } finally {
    if (pressed) pressed.removeAttribute("aria-busy");
  }
}

function askFirst(template, then) {
  const dialog = document.getElementById("confirm");
  const asked = template.content;
  dialog.querySelector("h2").replaceChildren(...asked.querySelector("h2").cloneNode(true).childNodes);
  dialog.querySelector("p").replaceChildren(...asked.querySelector("p").cloneNode(true).childNodes);
  const yes = dialog.querySelector("[data-yes]");
  const deny = dialog.querySelector("[data-deny]");
  yes.textContent = asked.querySelector("[data-yes]").textContent.trim();
  deny.textContent = asked.querySelector("[data-deny]").textContent.trim();
  yes.className = `button ${template.dataset.style}`;
  deny.onclick = () => dialog.close();
  yes.onclick = () => {
    dialog.close();
    then();
  };
  dialog.showModal();
  yes.focus();
}

function templateOf(pressed) {
  const next = pressed && pressed.nextElementSibling;
  return next && next.matches("template[data-confirm]") ? next : null;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  const pressed = event.submitter;
  if (form.matches(".who, [method=dialog]")) return;
  event.preventDefault();
  for (const open of document.querySelectorAll("details[open]")) open.open = false;
  const template = templateOf(pressed);
  if (template) askFirst(template, () => send(form, pressed, { confirmed: "yes" }));
  else send(form, pressed).then(() => form.matches(".composer") && form.reset());
});

document.addEventListener("change", (event) => {
  if (event.target.id === "person") event.target.form.submit();
  if (event.target.matches("[data-acts]")) {
    event.target.form.requestSubmit(event.target.closest(".acting").querySelector("button.unscripted"));
  }
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-press]");
  if (link) send(link.closest("form"), null, { [link.dataset.press]: "" });
});

document.addEventListener("click", (event) => {
  // A command wants its words first: it goes into the box instead of out at once.
  const command = event.target.closest("[data-command]");
  if (!command) return;
  event.preventDefault();
  const box = command.form.querySelector("textarea");
  box.value = `${command.value} `;
  box.focus();
});

document.addEventListener("toggle", (event) => {
  const menu = event.target.matches(".overflow[open]") && event.target.querySelector(".menu");
  if (!menu) return;
  const scroll = event.target.closest(".scroll");
  const edge = scroll ? scroll.getBoundingClientRect().bottom : innerHeight;
  event.target.classList.toggle("up", menu.getBoundingClientRect().bottom > edge);
  // In the first column of a phone a menu that ends at its button would begin outside the page.
  event.target.classList.toggle("right", menu.getBoundingClientRect().left < 0);
}, true);

document.addEventListener("click", (event) => {
  for (const open of document.querySelectorAll("details.overflow[open], details.about[open]")) {
    if (!open.contains(event.target)) open.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest(".composer textarea");
  if (typing && event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    typing.form.requestSubmit();
  }
});

remember();
showModal();
for (const scroll of document.querySelectorAll("[data-to-end]")) {
  if (!location.hash) scroll.scrollTop = scroll.scrollHeight;
}
const stream = new EventSource("/live");
stream.onmessage = () => {
  document.getElementById("lost").textContent = "";
  look();
};
stream.onerror = () => {
  document.getElementById("lost").textContent = "Connection lost. Trying again…";
};
