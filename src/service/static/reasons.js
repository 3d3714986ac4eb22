// Why a picture got its label, and not the next best one: what pushed it there.

import { append, instantiate } from "./nodes.js";
import { announce } from "./notices.js";
import { Problem, askWhy } from "./service.js";

// The others are taken together.
const SHOWN_FEATURES = 6;

/** Show the reasons below an answer, or hide them; they are asked for when first wanted. */
export async function toggleReasons(exhibit, button, { file, limits, name, signal }) {
  const host = exhibit.querySelector(".reasons");
  const open = host.hidden;
  host.hidden = !open;
  button.setAttribute("aria-expanded", open);
  if (!open || host.querySelector("table")) return;
  append(host, "p", "looking", "Looking…");
  try {
    const reasons = await askWhy(file, limits, signal);
    host.replaceChildren(tabulate(reasons, name));
    announce(inWords(reasons, name));
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    host.replaceChildren();
    append(host, "p", "problem", error.message);
    announce(error.message);
  }
}

function tabulate(reasons, name) {
  const shown = instantiate("reasons");
  const [label, runnerUp] = [reasons.label, reasons.runner_up].map((odds) => name(odds.name));
  shown.querySelector(".question").textContent = `Why ${label}, and not ${runnerUp}`;
  shown.querySelector(".for-label").textContent = `for ${label}`;
  shown.querySelector(".for-runner-up").textContent = `for ${runnerUp}`;
  shown.querySelector(".against").textContent = reasons.against;
  const parts = reasons.contributions;
  const rest = parts.slice(SHOWN_FEATURES);
  const body = shown.querySelector("tbody");
  body.append(...parts.slice(0, SHOWN_FEATURES).map(rowOf));
  if (rest.length) body.append(rowOfRest(rest));
  return shown;
}

function rowOf(part) {
  const row = document.createElement("tr");
  const head = append(row, "th");
  head.scope = "row";
  append(head, "span", "words", part.words);
  // A part of the picture has no value, and no other name.
  if (part.level !== null) {
    append(head, "span", "level", ` ${part.level} `);
    append(head, "code", "", part.feature);
  }
  append(row, "td", "", signed(part.label));
  append(row, "td", "", signed(part.runner_up));
  return row;
}

function rowOfRest(rest) {
  const row = document.createElement("tr");
  append(row, "th", "", `the other ${rest.length}`).scope = "row";
  for (const key of ["label", "runner_up"]) {
    append(row, "td", "", signed(rest.reduce((sum, part) => sum + part[key], 0)));
  }
  return row;
}

/** Return the first reason in a sentence, for those who hear the page. */
function inWords(reasons, name) {
  const label = name(reasons.label.name);
  const { words, level, label: push } = reasons.contributions[0];
  const what = level === null ? words : `${words} is ${level}`;
  return `${reasons.filename}: ${what}, ${signed(push)} for ${label}. A table tells more.`;
}

function signed(value) {
  // Adding 0 makes a zero of what would read "-0.0".
  const tenths = Math.round(10 * value) / 10 + 0;
  return `${tenths < 0 ? "−" : "+"}${Math.abs(tenths).toFixed(1)}`;
}
