// Copying with visible feedback, on pages too that the browser does not trust with its clipboard.

const FEEDBACK_MS = 2500;

/** Copy a value as JSON; the button says for a moment that it worked. */
export async function copyAsJson(value, button, announce) {
  const text = JSON.stringify(value, null, 2);
  if (!(await copyText(text))) {
    offerByHand(text, button);
    return;
  }
  button.dataset.caption ??= button.textContent;
  button.textContent = "Copied";
  announce("Copied to the clipboard.");
  setTimeout(() => (button.textContent = button.dataset.caption), FEEDBACK_MS);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

/** Copy the old way: browsers keep the clipboard's API from pages without https. */
function copyBySelection(text) {
  const focused = document.activeElement;
  const area = document.createElement("textarea");
  area.className = "unseen";
  area.value = text;
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return copied;
}

function offerByHand(text, button) {
  button.closest(".actions").parentElement.querySelector(".by-hand")?.remove();
  const field = document.getElementById("by-hand").content.cloneNode(true);
  const area = field.querySelector("textarea");
  area.value = text;
  button.closest(".actions").after(field);
  area.select();
}
