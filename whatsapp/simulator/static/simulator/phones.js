// The sheet of a list message opens inside its own phone; a new message scrolls into view.
"use strict";

let opener = null;

function close(sheet) {
  sheet.close();
  sheet.closest(".phone").querySelector(".curtain").hidden = true;
  if (opener) opener.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-opens]");
  if (button) {
    const sheet = document.getElementById(button.dataset.opens);
    opener = button;
    sheet.closest(".phone").querySelector(".curtain").hidden = false;
    sheet.show();
    sheet.querySelector("[data-closes]").focus();
    return;
  }
  const open = document.querySelector("dialog[open]");
  if (open && (event.target.closest("[data-closes]") || event.target.matches(".curtain"))) {
    close(open);
  }
});

document.addEventListener("keydown", (event) => {
  const open = document.querySelector("dialog[open]");
  if (open && event.key === "Escape") close(open);
});

function showNewest(chat) {
  chat.scrollTop = chat.scrollHeight;
}

document.querySelectorAll(".chat").forEach(showNewest);
document.addEventListener("htmx:oobAfterSwap", (event) => showNewest(event.detail.target));
