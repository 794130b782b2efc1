// Shows the buttons that copy a field (`data-copy`: its id). Without this, or where a page may not copy, they stay hidden.
for (const button of navigator.clipboard ? document.querySelectorAll("[data-copy]") : []) {
  const field = document.getElementById(button.dataset.copy);
  const told = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      told.textContent = button.dataset.copied;
    } catch {
      field.focus();
      field.select(); // not allowed to: they can still press Ctrl+C
    }
  });
}
