// The works of a folder that are like a picture, where the service searches one.

import { toggle } from "./disclosure.js";
import { append, instantiate } from "./nodes.js";
import { announce } from "./notices.js";
import { askSimilar } from "./service.js";
import { percent } from "./words.js";

const COPIES = { identical: "the same picture", "near-copy": "the same work" };

/** Show the nearest works below an answer, or hide them. */
export function toggleSimilar(exhibit, button, { file, limits, signal }) {
  return toggle(exhibit.querySelector(".neighbours"), button, signal, async () => {
    const found = await askSimilar(file, limits, signal);
    announce(inWords(found));
    return describe(found);
  });
}

function describe({ pictures, searched }) {
  const shown = instantiate("neighbours");
  shown.querySelector(".question").textContent = `Nearest by hand, of ${counted(searched)}`;
  for (const { path, score, copies, url } of pictures) {
    const row = append(shown.querySelector(".rail"), "li");
    const img = append(append(row, "div", "mat"), "img");
    img.alt = "";
    // The page may stand below another address.
    img.src = url.replace(/^\//, "");
    append(row, "p", "path", path).dir = "auto";
    append(row, "p", "level", COPIES[copies] ?? `${percent(score)} one hand`);
  }
  return shown;
}

function inWords({ filename, pictures, searched }) {
  const nearest = pictures.length ? ` The nearest is ${pictures[0].path}.` : "";
  return `${filename}: ${pictures.length} of ${counted(searched)} are shown.${nearest}`;
}

function counted(works) {
  return works === 1 ? "1 work" : `${works} works`;
}
