// Tells the server in which time zone this browser is, so that pages and mails show times as its clock does.
"use strict";
(() => {
  const name = document.currentScript.dataset.cookie;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
  const told = `${name}=${zone}`;
  if (!/^[A-Za-z0-9+_/-]{1,64}$/.test(zone) || document.cookie.split("; ").includes(told)) return;
  document.cookie = `${told}; Path=/; Secure; SameSite=Lax; Max-Age=31536000`;
})();
