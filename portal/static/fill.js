// Puts a template's text into the field that is written in, without loading the page again: a button with `data-use`
// names the menu, `data-into` the field. What was typed stays before it; another template takes the last one's place.
let last = "";

const use = (button) => {
  const chosen = document.getElementById(button.dataset.use).selectedOptions[0];
  const field = document.getElementById(button.dataset.into);
  const text = chosen?.dataset.text ?? "";
  if (!text) return;
  const typed = last && field.value.endsWith(last) ? field.value.slice(0, -last.length).trimEnd() : field.value.trimEnd();
  field.value = typed ? `${typed}\n\n${text}` : text;
  last = text;
  field.focus();
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-use]");
  if (!button) return;
  event.preventDefault();
  use(button);
});
