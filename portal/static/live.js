// Keeps <main data-live="address" data-version="…"> up to date: told that something changed, it fetches the page anew
// (from data-page where the answer to a form is shown, which has no page of its own).
// It lets go while nobody looks, because browsers allow few connections to one server.
(() => {
  "use strict";
  let source = null;
  let busy = false;
  let stale = false; // something changed while somebody was typing; they must not lose a word
  const main = () => document.querySelector("main[data-live]");

  const isChosen = (one) => one.selectedIndex !== Math.max([...one.options].findIndex((each) => each.defaultSelected), 0);

  const isTyping = () =>
    [...document.querySelectorAll("main textarea, main input:not([type=hidden])")].some(
      (one) => one.value !== one.defaultValue || (one.checked ?? false) !== (one.defaultChecked ?? false),
    ) || [...document.querySelectorAll("main select")].some(isChosen);

  const renew = async () => {
    stale = true;
    if (busy || isTyping()) return;
    busy = true;
    stale = false;
    try {
      const answer = await fetch(main()?.dataset.page ?? location.href, { headers: { Accept: "text/html" }, redirect: "manual" });
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

  const check = async () => {
    const answer = await fetch(location.href, { redirect: "manual" }).catch(() => null);
    if (answer !== null && answer.type === "opaqueredirect") location.reload();
    else follow();
  };

  const leave = () => {
    if (source) source.close();
    source = null;
  };

  const follow = () => {
    leave();
    const now = main();
    if (!now || document.hidden) return;
    const address = new URL(now.dataset.live, location.href);
    address.searchParams.set("version", now.dataset.version);
    source = new EventSource(address);
    source.addEventListener("changed", renew);
    source.addEventListener("error", () => {
      // While the browser tries again by itself there is nothing to do; refused for good, the page says why.
      if (source && source.readyState === EventSource.CLOSED) setTimeout(check, 5000);
    });
  };

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) leave();
    else follow();
  });
  addEventListener("pagehide", leave);
  document.addEventListener("focusout", () => {
    if (stale) setTimeout(renew);
  });
  follow();
})();
