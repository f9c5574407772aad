// The bank's answer is in the fragment, which reaches no server: send it, and leave it nowhere.
const form = document.getElementById("returned");
const returned = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
form.elements.returned.value = returned;
form.submit();
