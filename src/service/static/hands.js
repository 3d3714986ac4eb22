// Two pictures side by side: whether one hand made both, and why.

import { showBars } from "./bars.js";
import { copyAsJson } from "./clipboard.js";
import { describeProblem } from "./exhibit.js";
import { append, instantiate } from "./nodes.js";
import { announce } from "./notices.js";
import { previewOf, showBlob } from "./preview.js";
import { Problem, askWhether } from "./service.js";
import { begun, namesOf, percent } from "./words.js";

const SHOWN_ARTISTS = 3;
const SHOWN_WORKS = 2;
const VERDICTS = { same: "The same hand", different: "Different hands", unsure: "Cannot say" };

const byId = (id) => document.getElementById(id);

// The picture that waits for a second one, and the two that are shown.
let first = null;
let pair = [];
let leaving = new AbortController();

/** Let the buttons of tray and comparison work. */
export function openComparing() {
  byId("cancel").addEventListener("click", cancel);
  byId("end-comparison").addEventListener("click", () => {
    const [one] = pair;
    closeComparison();
    buttonOf(one)?.focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && first) cancel();
  });
}

/** Choose a picture to be compared, or take that back; with the second one, the service is asked. */
export function choose(picture, limits) {
  if (first === picture) return cancel();
  if (first) return compare(first, picture, limits);
  first = picture;
  showChosen();
  announce(`${picture.name} is chosen. Choose a second picture to compare it with.`);
}

/** Forget a picture that is taken down. */
export function forget(picture) {
  if (first === picture) unchoose();
  if (pair.includes(picture)) closeComparison();
}

/** Ask whether one hand made two pictures, and show what is said. */
export async function compare(one, other, limits) {
  unchoose();
  closeComparison();
  pair = [one, other];
  leaving = new AbortController();
  const { signal } = leaving;
  hangPair();
  try {
    const told = await askWhether(one.file, other.file, limits, signal);
    showVerdict(told);
    announce(inWords(told));
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    const retry = () => compare(one, other, limits);
    byId("verdict").replaceChildren(describeProblem(error, retry));
    announce(error.message);
  }
}

function cancel() {
  const picture = first;
  unchoose();
  announce("Nothing is compared.");
  buttonOf(picture)?.focus();
}

function unchoose() {
  if (first) buttonOf(first)?.setAttribute("aria-pressed", false);
  first = null;
  byId("tray").hidden = true;
}

function showChosen() {
  buttonOf(first).setAttribute("aria-pressed", true);
  byId("chosen").textContent = first.name;
  byId("tray").hidden = false;
}

function buttonOf({ node }) {
  return node.querySelector(".compare");
}

function closeComparison() {
  leaving.abort();
  pair = [];
  byId("comparison").hidden = true;
}

function hangPair() {
  const section = byId("comparison");
  const { signal } = leaving;
  const sides = section.querySelectorAll(".side");
  sides.forEach((side, k) => hangSide(side, pair[k], () => !signal.aborted));
  section.querySelectorAll(".hand").forEach((hand) => hand.replaceChildren());
  byId("verdict").replaceChildren();
  append(byId("verdict"), "p", "working looking", "Looking…");
  section.hidden = false;
  section.scrollIntoView({ block: "start" });
  byId("comparison-title").focus({ preventScroll: true });
}

async function hangSide(side, { name, node }, isStill) {
  const view = side.querySelector(".view");
  const missing = side.querySelector(".no-preview");
  side.querySelector("figcaption").textContent = name;
  view.hidden = missing.hidden = true;
  const small = await previewOf(node);
  if (!isStill()) return;
  view.hidden = !small;
  missing.hidden = Boolean(small);
  if (!small) return;
  const img = view.querySelector("img");
  img.alt = `Preview of ${name}`;
  await showBlob(img, small);
  view.style.setProperty("--ratio", img.naturalWidth / img.naturalHeight);
}

function showVerdict(told) {
  const shown = instantiate("comparison-verdict");
  shown.querySelector(".label").textContent = labelOf(told);
  shown.querySelector(".score").textContent = probabilityOf(told);
  shown.querySelector(".reason").textContent = reasonOf(told);
  const warnings = shown.querySelector(".warnings");
  for (const { picture, code, message } of told.warnings) {
    const row = append(warnings, "li", code);
    append(row, "bdi", "about", told[picture]);
    row.append(`: ${message}`);
  }
  const { name, version } = told.model;
  shown.querySelector(".made").textContent = `${name} ${version}, ${Math.ceil(told.milliseconds)} ms`;
  shown.querySelector(".copy").addEventListener("click", (event) =>
    copyAsJson(told, event.currentTarget, announce),
  );
  byId("verdict").replaceChildren(shown);
  const nameOf = namesOf(told.hands.flatMap(namesIn));
  const places = byId("comparison").querySelectorAll(".hand");
  places.forEach((place, k) => showHand(place, told.hands[k], nameOf));
}

function labelOf({ verdict, one_work: oneWork }) {
  return oneWork ? "One work" : (VERDICTS[verdict] ?? verdict);
}

function probabilityOf({ same, one_work: oneWork }) {
  return oneWork || same === null ? "" : `${percent(same)} probable that one artist made both`;
}

function reasonOf({ reasons }) {
  return `${begun(reasons[0])}.`;
}

function inWords(told) {
  const probability = probabilityOf(told);
  const said = labelOf(told).toLowerCase() + (probability && `, ${probability}`);
  return `${told.a} and ${told.b}: ${said}. ${reasonOf(told)}`;
}

function namesIn({ artists, known }) {
  return [...artists.map(({ name }) => name), ...known.map(({ artist }) => artist)];
}

function showHand(place, { artists, none_of_these: stranger, known }, nameOf) {
  if (artists.length) append(place, "h4", "", "Likely by");
  if (stranger !== null) append(place, "p", "caveat", "Perhaps none that it knows");
  const scores = Object.fromEntries(artists.map(({ name, probability }) => [name, probability]));
  const bars = append(place, "ol", "bars");
  showBars(bars, scores, { most: SHOWN_ARTISTS, name: nameOf, hexes: new Map() });
  if (!known.length) return;
  append(place, "h4", "", "Nearest known works");
  const list = append(place, "ul", "works");
  for (const { name, artist } of known.slice(0, SHOWN_WORKS)) {
    const row = append(list, "li");
    append(row, "cite", "", titleOf(name)).dir = "auto";
    append(row, "span", "", `, ${nameOf(artist)}`);
  }
}

/** Return a file's name as a title. */
function titleOf(name) {
  return begun(name.replace(/\.\w{3,4}$/, "").replace(/[-_]+/g, " "));
}
