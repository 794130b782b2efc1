// Saves a settings form as soon as something in it is changed, in the way its own button would: a form with a line
// that has data-autosave is sent, and what the answer's form says (its version, what is wrong) is taken over here.
const line = (form) => form.querySelector("[data-autosave]");
const tell = (form, what) => {
  line(form).textContent = line(form).dataset[what];
};

const bodyOf = (form) => {
  const data = new FormData(form);
  return form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
};

// The hidden values of the newer form: its version, and a once-key that nobody used.
const takeOver = (form, fresh) => {
  for (const theirs of fresh.querySelectorAll("input[type=hidden]")) {
    const ours = form.querySelector(`input[type=hidden][name="${theirs.name}"]`);
    if (ours) ours.value = theirs.value;
  }
  for (const problem of form.querySelectorAll(".problem, .meanwhile, .alert")) problem.remove();
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  for (const file of form.querySelectorAll("input[type=file]")) file.value = "";
};

const renew = (fresh) => {
  for (const old of document.querySelectorAll("[data-renewed], #preview")) {
    const now = fresh.getElementById(old.id);
    if (now) old.replaceWith(now);
  }
};

const follow = (form) => {
  let busy = null;
  let again = false;

  const swap = (fresh) => {
    const focus = document.activeElement ? document.activeElement.id : "";
    form.replaceWith(fresh);
    follow(fresh);
    tell(fresh, "refused");
    if (focus) document.getElementById(focus)?.focus();
  };

  const send = async () => {
    tell(form, "saving");
    const answer = await fetch(form.action, { method: "POST", body: bodyOf(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(form.id);
    if (!fresh) return tell(form, "failed"); // signed out, or what was here is gone
    if (answer.ok) {
      takeOver(form, fresh);
      renew(page);
      tell(form, "saved");
    } else if (!again) swap(fresh);
  };

  const save = async () => {
    if (busy) {
      again = true;
      return busy;
    }
    do {
      again = false;
      busy = send().catch(() => tell(form, "failed"));
      await busy;
      busy = null;
    } while (again && form.isConnected);
  };

  form.addEventListener("change", save);
  // Who presses a button while it is being saved would otherwise meet their own save as somebody else's.
  form.addEventListener("submit", async (event) => {
    if (!busy) return;
    event.preventDefault();
    await busy;
    if (form.isConnected) form.requestSubmit(event.submitter);
  });
};

for (const mark of document.querySelectorAll("[data-autosave]")) follow(mark.closest("form"));
