// Parts of an exhibit that are asked for when they are first wanted.

import { append } from "./nodes.js";
import { announce } from "./notices.js";
import { Problem } from "./service.js";

/**
 * Show a part below an answer, or hide it.
 *
 * @param {Element} part where it is shown
 * @param {Element} button that says whether it is open
 * @param {AbortSignal} signal ends it with the picture
 * @param {() => Promise<Node>} look asks the service; what it gives is kept
 */
export async function toggle(part, button, signal, look) {
  const open = part.hidden;
  part.hidden = !open;
  button.setAttribute("aria-expanded", open);
  if (!open || part.dataset.told) return;
  part.replaceChildren();
  append(part, "p", "looking", "Looking…");
  try {
    part.replaceChildren(await look());
    part.dataset.told = true;
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    part.replaceChildren();
    append(part, "p", "problem", error.message);
    announce(error.message);
  }
}
