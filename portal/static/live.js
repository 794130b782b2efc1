// Keeps <main data-live="address" data-version="…"> up to date: told that something changed, it fetches the page anew.
// It lets go while nobody looks, because browsers allow few connections to one server.
(() => {
  "use strict";
  let source = null;
  let busy = false;
  const main = () => document.querySelector("main[data-live]");

  const isTyping = () => {
    const at = document.activeElement;
    return at !== null && at.matches("main textarea, main input, main select") && at.value !== at.defaultValue;
  };

  const renew = async () => {
    if (busy || isTyping()) return;
    busy = true;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
      if (answer.type === "opaqueredirect") return location.reload();
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main[data-live]");
      const old = main();
      if (!fresh || !old || fresh.dataset.version === old.dataset.version) return;
      const open = [...old.querySelectorAll("details[open][id]")].map((one) => one.id);
      const focus = document.activeElement === null ? "" : document.activeElement.id;
      old.replaceWith(fresh);
      for (const id of open) document.getElementById(id)?.setAttribute("open", "");
      if (focus) document.getElementById(focus)?.focus();
      follow();
    } finally {
      busy = false;
    }
  };

  const leave = () => {
    if (source) source.close();
    source = null;
  };

  const follow = () => {
    leave();
    const now = main();
    if (!now || document.hidden) return;
    source = new EventSource(now.dataset.live + "?version=" + encodeURIComponent(now.dataset.version));
    source.addEventListener("changed", renew);
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
    else follow();
  });
  addEventListener("pagehide", leave);
  follow();
})();
