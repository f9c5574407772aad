// What the page does by itself: sheets inside their own phone, the field under the chat, and how
// new content comes into view. Everything else is htmx.
"use strict";

const openers = new WeakMap();
const words = document.getElementById("words").dataset;

function open(button) {
  const sheet = document.getElementById(button.dataset.opens);
  const phone = sheet.closest(".phone");
  phone.querySelectorAll("dialog[open]").forEach(close);
  openers.set(sheet, button);
  if ("flow" in sheet.dataset) {
    sheet.replaceChildren(document.getElementById("loading").content.cloneNode(true));
  }
  phone.querySelector(".curtain").hidden = false;
  sheet.show();
  sheet.querySelector("[data-closes]").focus();
}

function close(sheet) {
  sheet.close();
  sheet.closest(".phone").querySelector(".curtain").hidden = true;
  openers.get(sheet)?.focus();
}

function tell(phone, text) {
  const toast = phone.querySelector(".toast");
  toast.textContent = text;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { toast.textContent = ""; }, 4000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens]");
  if (button) open(button);
  const copier = event.target.closest("[data-copies]");
  if (copier) {
    navigator.clipboard.writeText(copier.dataset.copies)
      .then(() => tell(copier.closest(".phone"), words.copied));
  }
  const closer = event.target.closest("[data-closes], .curtain");
  if (closer) {
    const sheet = closer.closest(".phone").querySelector("dialog[open]");
    if (sheet) leave(sheet, closer);
  }
});

// However a Flow is left, its own button is pressed, because that tells the server.
function leave(sheet, closer) {
  const ending = sheet.querySelector("[data-closes][hx-post]");
  if ("flow" in sheet.dataset && ending && ending !== closer) ending.click();
  else close(sheet);
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const here = event.target.closest(".phone") || document;
  const sheet = here.querySelector("dialog[open]");
  if (sheet) leave(sheet, null);
});

// What is behind an open sheet is not reached by Tab: the focus goes round inside the sheet.
let isTabbing = false;
document.addEventListener("keydown", (event) => { isTabbing = event.key === "Tab"; });
document.addEventListener("pointerdown", () => { isTabbing = false; });
document.addEventListener("focusout", (event) => {
  const sheet = event.target.closest("dialog[open]");
  const next = event.relatedTarget;
  if (isTabbing && sheet && next && !sheet.contains(next)) sheet.querySelector("[data-closes]").focus();
});

// The field under the chat: Enter sends, one after the other, and the field is free at once.
document.addEventListener("keydown", (event) => {
  const form = event.target.closest("[data-compose]");
  if (!form || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  form.requestSubmit();
});

const sending = new WeakMap();
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-compose]");
  if (!form) return;
  event.preventDefault();
  const text = form.elements.text.value;
  if (!text.trim()) return;
  form.reset();
  const send = () => htmx.ajax("POST", form.action, { source: form, swap: "none", values: { text } });
  sending.set(form, (sending.get(form) ?? Promise.resolve()).then(send, send));
});

// A row that is chosen can be sent; the sheet closes with that.
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-picker]");
  if (form) form.querySelector(".pill").disabled = false;
});

document.addEventListener("htmx:afterRequest", (event) => {
  const { elt, requestConfig, successful } = event.detail;
  const phone = elt.closest(".phone");
  if (!phone) return;
  if (!successful) failed(elt, requestConfig.formData.get("text"), phone);
  else if (elt.matches("[data-picker]")) {
    elt.reset();
    elt.querySelector(".pill").disabled = true;
    close(elt.closest("dialog"));
  }
});

// Words that could not be sent come back, unless others were typed meanwhile.
function failed(elt, typed, phone) {
  const field = elt.matches("[data-compose]") && elt.elements.text;
  if (field && !field.value) field.value = typed;
  const flow = phone.querySelector(".flow[open]");
  if (flow && !flow.querySelector("form")) close(flow);
  tell(phone, field ? words.unsent : words.broken);
}

// A screen of a Flow: an empty one has ended, and another one is read out from its title.
document.addEventListener("htmx:afterSwap", (event) => {
  const sheet = event.detail.target;
  if (!("flow" in sheet.dataset) || !sheet.open) return;
  // htmx itself does so a moment later, and until then Enter would leave the page.
  htmx.process(sheet);
  if (!sheet.firstElementChild) close(sheet);
  else if (!sheet.contains(document.activeElement)) sheet.querySelector("[data-focus]").focus();
});

// The server repeats some messages, lest one that became visible late be missed, and says how
// everything looks when something looks different.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const { fragment, target } = event.detail;
  const bubble = fragment.querySelector(".bubble");
  const look = fragment.querySelector("[data-look]");
  const isKnown = bubble
    ? document.getElementById(bubble.id)
    : look && look.dataset.look === target.dataset.look;
  if (isKnown) event.detail.shouldSwap = false;
});

function showNewest(chat) {
  chat.scrollTop = chat.scrollHeight;
}

document.querySelectorAll(".chat").forEach(showNewest);
document.addEventListener("htmx:oobAfterSwap", (event) => {
  if (event.detail.target.matches(".chat")) showNewest(event.detail.target);
});
