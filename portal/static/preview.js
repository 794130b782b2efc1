// Keeps #preview up to date while a settings form is filled in: a form with a button that has data-preview is sent
// to that button's address on every change, and the preview of the answer takes the old one's place.
const button = document.querySelector("button[data-preview]");
const status = document.querySelector("[data-preview-status]");
let asking = null;

const refresh = async () => {
  if (asking) asking.abort();
  asking = new AbortController();
  const own = asking;
  try {
    const answer = await fetch(button.formAction, {
      method: "POST",
      body: new URLSearchParams(new FormData(button.form)),
      redirect: "manual",
      signal: own.signal,
    });
    if (!answer.ok) return; // signed out, or refused: the form itself says so when it is sent
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("#preview");
    if (own.signal.aborted || !fresh) return;
    document.querySelector("#preview").replaceWith(fresh);
    if (status) status.textContent = status.dataset.previewStatus;
  } catch (error) {
    if (error.name !== "AbortError") console.info("The preview could not be renewed.", error.message);
  }
};

if (button) button.form.addEventListener("change", refresh);
