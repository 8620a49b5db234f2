// A code that came with a link stands after `#`: browsers never send that part anywhere. It is put into the field and
// taken out of the address, so that it stays in no history. Without this script people type the code.

const code = decodeURIComponent(location.hash.slice(1));
const field = document.querySelector("main input[name=code]");
if (field && /^[\w -]{6,40}$/.test(code) && !document.getElementById(code)) {
  field.value = code;
  history.replaceState(null, "", location.pathname + location.search);
  field.focus();
}
