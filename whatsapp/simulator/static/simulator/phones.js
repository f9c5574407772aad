// The sheet of a list message opens inside its own phone; a new message scrolls into view.
"use strict";

const openers = new WeakMap();

function open(button) {
  const sheet = document.getElementById(button.dataset.opens);
  const phone = sheet.closest(".phone");
  phone.querySelectorAll("dialog[open]").forEach(close);
  openers.set(sheet, button);
  phone.querySelector(".curtain").hidden = false;
  sheet.show();
  sheet.querySelector("[data-closes]").focus();
}

function close(sheet) {
  sheet.close();
  sheet.closest(".phone").querySelector(".curtain").hidden = true;
  openers.get(sheet).focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens]");
  if (button) open(button);
  if (event.target.closest("[data-closes], .curtain")) {
    close(event.target.closest(".phone").querySelector("dialog[open]"));
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const here = event.target.closest(".phone") || document;
  const sheet = here.querySelector("dialog[open]");
  if (sheet) close(sheet);
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

// The server repeats some messages, lest one that became visible late be missed.
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const bubble = event.detail.fragment.querySelector(".bubble");
  if (document.getElementById(bubble.id)) event.detail.shouldSwap = false;
});

function showNewest(chat) {
  chat.scrollTop = chat.scrollHeight;
}

document.querySelectorAll(".chat").forEach(showNewest);
document.addEventListener("htmx:oobAfterSwap", (event) => showNewest(event.detail.target));
