/* Selfbill's help icon, version 1: a link that opens the support of a member site in a new tab.

   It reads its own <script> only (data-href, data-label, data-lang), sets no cookie, stores nothing, asks nothing
   of the network, hears no message. All that it draws is behind a closed shadow root. It needs no
   'unsafe-inline': its sheet is made by script. Whatever goes wrong, the page goes on without it.
   Never edit a released version: pages out there name its hash. Add the next one beside it. */
(function () {
  "use strict";

  // A page may name an element "body" or "currentScript": the getters of the prototype are not to be shadowed so.
  function own(name) {
    try {
      return Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document);
    } catch (_) {
      return document[name];
    }
  }

  // Pages that wrap document.createElement, or have it make something else, do not reach this one.
  function make(namespace, name) {
    return Document.prototype.createElementNS.call(document, namespace, name);
  }

  var HTML = "http://www.w3.org/1999/xhtml";
  var SVG = "http://www.w3.org/2000/svg";
  var QUESTION = "M9.2 9.3a2.9 2.9 0 1 1 4.3 2.5c-.9.5-1.5 1.1-1.5 2.1v.4";
  // What matters on the outside is !important: a page's own rules for div would win otherwise.
  var CSS =
    ":host{all:initial!important;display:block!important;position:fixed!important;" +
    "inset-block-end:max(1rem,env(safe-area-inset-bottom))!important;inset-inline-end:1rem!important;" +
    "z-index:2147483647!important;color-scheme:light dark!important}" +
    "a{display:grid;place-items:center;box-sizing:border-box;inline-size:3.25rem;block-size:3.25rem;" +
    "border:2px solid #fff;border-radius:50%;background:#1d4ed8;color:#fff;" +
    "box-shadow:0 2px 10px rgb(0 0 0/.35);text-decoration:none}" +
    "a:hover{background:#1e3a8a}" +
    "a:focus-visible{outline:3px solid #1d4ed8;outline-offset:3px}" +
    "svg{inline-size:1.9rem;block-size:1.9rem}" +
    "@media (prefers-color-scheme:dark){a{background:#a5c0ff;color:#0b1a3d;border-color:#0b1a3d}" +
    "a:hover{background:#d3e0ff}a:focus-visible{outline-color:#a5c0ff}}" +
    "@media (prefers-reduced-motion:no-preference){a{transition:background-color .15s}}" +
    "@media (forced-colors:active){a{border-color:LinkText;color:LinkText;background:Canvas}}" +
    "@media print{:host{display:none!important}}";

  function icon() {
    var svg = make(SVG, "svg");
    var mark = make(SVG, "path");
    var dot = make(SVG, "circle");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    mark.setAttribute("d", QUESTION);
    mark.setAttribute("fill", "none");
    mark.setAttribute("stroke", "currentColor");
    mark.setAttribute("stroke-width", "2.2");
    mark.setAttribute("stroke-linecap", "round");
    dot.setAttribute("cx", "12");
    dot.setAttribute("cy", "17.6");
    dot.setAttribute("r", "1.4");
    dot.setAttribute("fill", "currentColor");
    svg.appendChild(mark);
    svg.appendChild(dot);
    return svg;
  }

  function link(script) {
    var a = make(HTML, "a");
    var href = script.getAttribute("data-href");
    if (!href) {
      return null;
    }
    a.href = href;
    if (a.protocol !== "https:" && a.protocol !== "http:") {
      return null;
    }
    a.target = "_blank";
    a.rel = "noopener";
    a.referrerPolicy = "no-referrer";
    a.title = script.getAttribute("data-label") || "Help";
    a.setAttribute("aria-label", a.title);
    a.appendChild(icon());
    return a;
  }

  function draw(script) {
    var a = link(script);
    if (!a) {
      return;
    }
    var host = make(HTML, "div");
    // Without a prototype: what a page hangs on Object.prototype would be read as an option.
    var root = host.attachShadow({ __proto__: null, mode: "closed" });
    var sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    // Not a list of its own: that would be read through Array.prototype.
    root.adoptedStyleSheets[0] = sheet;
    host.lang = script.getAttribute("data-lang") || "en";
    root.appendChild(a);
    (own("body") || own("documentElement")).appendChild(host);
  }

  function begin(script) {
    try {
      draw(script);
    } catch (_) {
      // The page is the merchant's: no icon is better than an error in it.
    }
  }

  try {
    var script = own("currentScript");
    if (own("body")) {
      begin(script);
    } else {
      document.addEventListener("DOMContentLoaded", function () {
        begin(script);
      });
    }
  } catch (_) {
    // As above.
  }
})();
