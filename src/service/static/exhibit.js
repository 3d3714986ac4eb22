// How one picture and its answer are shown. Names and texts go in as text only, never as markup.

const SHOWN_CLASSES = 5;
// From how many times as long as wide on it is worth a word that ends are cut off.
const LEAST_CUT = 1.02;
// In letters; longer ones are set smaller, and above their bars.
const LONG_LABEL = 16;
const WARNINGS = {
  abstained: "No answer stands out clearly enough to be given.",
  unusual_image:
    "This picture is unlike those that the model has learned from; do not rely on the answer.",
  none_of_these: "It may be none of the names that the model knows; this is the nearest of them.",
};

/** Return a new exhibit: a name, and no preview or answer yet. */
export function hang(name, remove) {
  const exhibit = instantiate("exhibit").firstElementChild;
  exhibit.querySelector(".filename").textContent = name;
  const button = exhibit.querySelector(".remove");
  button.setAttribute("aria-label", `Remove ${name}`);
  button.addEventListener("click", remove);
  exhibit.addEventListener("keydown", (event) => {
    if (event.key === "Delete" && !event.target.matches("textarea")) remove();
  });
  return exhibit;
}

/** Show the picture, and which part of it is looked at. */
export function showPreview(exhibit, file) {
  const img = exhibit.querySelector("img");
  const address = URL.createObjectURL(file);
  img.addEventListener("load", () => {
    URL.revokeObjectURL(address);
    showView(exhibit, img.naturalWidth, img.naturalHeight);
  });
  img.addEventListener("error", () => {
    URL.revokeObjectURL(address);
    exhibit.querySelector(".no-preview").hidden = false;
  });
  img.alt = `Preview of ${file.name}`;
  img.src = address;
}

/** Show the preview in its shape; veil what lies around the square in the middle, if that is all
 *  that the model sees. */
function showView(exhibit, width, height) {
  const side = Math.min(width, height);
  const view = exhibit.querySelector(".view");
  view.style.setProperty("--ratio", width / height);
  view.style.setProperty("--beside", `${(50 * (width - side)) / width}%`);
  view.style.setProperty("--above", `${(50 * (height - side)) / height}%`);
  const seesSquare = document.body.dataset.sees === "square";
  const cut = seesSquare && Math.max(width, height) > LEAST_CUT * side;
  view.classList.toggle("cut", cut);
  exhibit.querySelector(".cut-note").hidden = !cut;
  view.hidden = false;
}

/** Say that the service is looking at the picture. */
export function showWorking(exhibit) {
  const line = document.createElement("p");
  line.className = "working looking";
  line.textContent = "Looking…";
  fill(exhibit, line);
}

/** Show the service's answer; `copy` and `why` are called with the button that is pressed. */
export function showAnswer(exhibit, answer, hexes, { copy, why }) {
  const verdict = instantiate("verdict");
  showVerdict(verdict, answer, hexes);
  for (const { code, message } of answer.warnings) {
    append(verdict.querySelector(".warnings"), "li", code, WARNINGS[code] ?? message);
  }
  showBars(verdict.querySelector(".bars"), answer.scores, hexes);
  showPalette(verdict, answer.palette);
  const { name, family, version } = answer.model;
  const took = `${Math.ceil(answer.milliseconds)} ms`;
  verdict.querySelector(".made").textContent = `${name}, ${family} ${version}, ${took}`;
  verdict.querySelector(".copy").addEventListener("click", (event) => copy(event.currentTarget));
  verdict.querySelector(".why").addEventListener("click", (event) => why(event.currentTarget));
  fill(exhibit, verdict);
}

function showVerdict(verdict, answer, hexes) {
  const label =
    answer.label === null ? "Undecided" : shownAs(answer.label, hexes.get(answer.label));
  verdict.querySelector(".label").textContent = label;
  verdict.querySelector(".label").classList.toggle("long", isLong(label));
  verdict.querySelector(".score").textContent = scoreInWords(answer);
  showGround(verdict, answer.stands_on);
}

/** Show the colour of the picture that the label stands on, if it is one. */
function showGround(verdict, ground) {
  verdict.querySelector(".swatch").hidden = !ground;
  verdict.querySelector(".ground").hidden = !ground;
  if (!ground) return;
  verdict.querySelector(".swatch").style.backgroundColor = ground.hex;
  verdict.querySelector(".ground .name").textContent = ground.name.toLowerCase();
  verdict.querySelector(".hex").textContent = ground.hex;
}

function scoreInWords(answer) {
  const most = answer.label === null ? "at most " : "";
  return `${most}${percent(answer.score)} probable${amongKnown(answer)}`;
}

/** Where it may be none of the names, their probabilities say only which of them is nearest. */
function amongKnown({ warnings }) {
  return warnings.some(({ code }) => code === "none_of_these") ? " among the names it knows" : "";
}

function showBars(bars, scores, hexes) {
  // Browsers put keys such as "10" before all others.
  const ranked = Object.entries(scores).sort(([, one], [, other]) => other - one);
  const best = ranked.slice(0, SHOWN_CLASSES);
  bars.append(...best.map(([label, score]) => barOf(label, score, hexes.get(label))));
  bars.classList.toggle("long", best.some(([label]) => isLong(label)));
}

function barOf(label, score, hex) {
  const row = document.createElement("li");
  append(row, "span", "bar-label", shownAs(label, hex)).dir = "auto";
  const bar = append(append(row, "span", "track"), "span", "bar");
  bar.style.width = `${100 * score}%`;
  bar.style.backgroundColor = hex ?? "";
  append(row, "span", "bar-score", percent(score));
  return row;
}

function showPalette(verdict, palette) {
  verdict.querySelector(".palette-part").hidden = !palette.length;
  for (const { hex, share, name } of palette) {
    const stripe = append(verdict.querySelector(".strip"), "span");
    stripe.style.flexGrow = share;
    stripe.style.backgroundColor = hex;
    const row = append(verdict.querySelector(".palette"), "li");
    append(row, "span", "chip").style.backgroundColor = hex;
    append(row, "span", "name", titled(name));
    append(row, "code", "", hex);
    append(row, "span", "share", percent(share));
  }
}

/** Show every label that an answer may have, with its colour if it has one. */
export function showNames(list, hexes) {
  for (const [label, hex] of hexes) {
    const row = document.createElement("li");
    if (hex) append(row, "span", "chip").style.backgroundColor = hex;
    append(row, "span", "", shownAs(label, hex)).dir = "auto";
    list.append(row);
  }
}

/** Show why there is no answer; `retry` is offered where it may help. */
export function showProblem(exhibit, problem, retry) {
  const failure = instantiate("failure");
  failure.querySelector(".problem").textContent = problem.message;
  const button = failure.querySelector(".retry");
  if (problem.canRetry) button.addEventListener("click", retry);
  else button.parentElement.remove();
  fill(exhibit, failure);
}

/** Put what is known in place of what was said before, below the picture's name. */
function fill(exhibit, content) {
  const plaque = exhibit.querySelector(".plaque");
  plaque.replaceChildren(plaque.querySelector(".heading"), content);
}

/** Return the answer in a sentence, for those who hear the page. */
export function inWords(name, answer, hexes) {
  if (answer.label === null) return `${name}: undecided.`;
  const label = shownAs(answer.label, hexes.get(answer.label));
  return `${name}: ${label}, ${scoreInWords(answer)}.`;
}

export function instantiate(id) {
  return document.getElementById(id).content.cloneNode(true);
}

export function append(parent, tag, className = "", text = "") {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  parent.append(node);
  return node;
}

/** Names of colours come in capitals; any other label is shown as it was learned. */
export function shownAs(label, hex) {
  return hex ? titled(label) : label;
}

function isLong(label) {
  return label.length > LONG_LABEL;
}

function titled(label) {
  return label.charAt(0).toUpperCase() + label.slice(1).toLowerCase();
}

export function percent(share) {
  if (share > 0 && share < 0.005) return "<1%";
  return `${Math.round(100 * share)}%`;
}
