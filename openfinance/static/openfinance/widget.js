// Open Pluggy's widget, and send what comes of it back. Not tried against Pluggy itself.
const form = document.getElementById("widget");
const options = JSON.parse(document.getElementById("widget-options").textContent);
let isSent = false;
let failed;

function send(itemId, error) {
  if (isSent) return;
  isSent = true;
  const returned = new URLSearchParams({ state: form.dataset.state });
  if (itemId) returned.set("item_id", itemId);
  if (error) returned.set("error", error);
  form.elements.returned.value = returned.toString();
  form.submit();
}

new PluggyConnect({
  ...options,
  connectToken: form.dataset.token,
  onSuccess: ({ item }) => send(item.id, ""),
  // The widget says so itself, and lets the person try again: it counts once they close it.
  onError: ({ data }) => {
    failed = data?.item;
  },
  onClose: () => send(failed?.id, failed?.error?.code ?? "closed"),
}).init();
