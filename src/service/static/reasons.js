// Why a picture got its label, and not the next best one: what pushed it there.

import { toggle } from "./disclosure.js";
import { append, instantiate } from "./nodes.js";
import { announce } from "./notices.js";
import { askWhy } from "./service.js";

// The others are taken together.
const SHOWN_FEATURES = 6;

/** Show the reasons below an answer, or hide them. */
export function toggleReasons(exhibit, button, { file, limits, name, signal }) {
  return toggle(exhibit.querySelector(".reasons"), button, signal, async () => {
    const reasons = await askWhy(file, limits, signal);
    announce(inWords(reasons, name));
    return tabulate(reasons, name);
  });
}

function tabulate(reasons, name) {
  const shown = instantiate("reasons");
  const [label, runnerUp] = [reasons.label, reasons.runner_up].map((odds) => name(odds.name));
  const other = reasons.kind === "many" ? `, and ${runnerUp}` : `, and not ${runnerUp}`;
  shown.querySelector(".question").textContent = `Why ${label}${other}`;
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
