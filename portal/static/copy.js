// Shows the buttons that copy a field (`data-copy`: its id), also on what `live.js` puts into the page later.
// Without this, or where a page may not copy, they stay hidden.
const show = () => {
  for (const button of document.querySelectorAll("[data-copy][hidden]")) button.hidden = false;
};

const copy = async (button) => {
  const field = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(field.value);
    button.parentElement.querySelector("[role=status]").textContent = button.dataset.copied;
  } catch {
    field.focus();
    field.select(); // not allowed to: they can still press Ctrl+C
  }
};

if (navigator.clipboard) {
  show();
  new MutationObserver(show).observe(document.body, { childList: true, subtree: true });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
}
