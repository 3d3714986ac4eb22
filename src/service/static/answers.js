// All that the models say of one picture, as it hangs beside it.

import { showBars, showTags } from "./bars.js";
import { fill } from "./exhibit.js";
import { append, instantiate } from "./nodes.js";
import { begun, isLong, listed, percent, scoreInWords, titled } from "./words.js";

// Of a single answer, and of each where there are several.
const SHOWN_ALONE = 5;
const SHOWN_OF_SEVERAL = 3;
const WARNINGS = {
  abstained: () => "No answer stands out clearly enough to be given.",
  unusual_image: () =>
    "This picture is unlike those that the model has learned from; do not rely on the answer.",
  none_of_these: ({ scores }) =>
    `It may be none of the ${Object.keys(scores).length} that the model knows; this is the nearest ` +
    "of them.",
};
// What stands at the answer itself where there are several.
const CAVEATS = {
  abstained: () => "Undecided",
  none_of_these: ({ scores }) => `Perhaps none of the ${Object.keys(scores).length}`,
};

/**
 * Show the service's answers.
 *
 * @param {Element} exhibit
 * @param {object} analysis as it came
 * @param {Facts} facts
 * @param {Object<string, (button: Element) => void>} actions by the buttons' names
 */
export function showAnalysis(exhibit, analysis, facts, actions) {
  const { answers, unanswered } = analysis;
  const shown = instantiate("analysis");
  const main = facts.mainOf(answers);
  showVerdict(shown.querySelector(".verdict"), main, facts);
  showWarnings(shown.querySelector(".warnings"), analysis, facts);
  showAnswers(shown.querySelector(".answers"), analysis, main, facts);
  shown.querySelector(".made").textContent = madeBy(analysis);
  shown.querySelector(".why").hidden = !main;
  shown.querySelector(".again").hidden = !unanswered.some(({ code }) => code === "model_loading");
  shown.querySelector(".similar").hidden = !facts.searches;
  const compare = shown.querySelector(".compare");
  compare.hidden = !facts.compares;
  compare.setAttribute("aria-label", `Compare ${analysis.filename}`);
  for (const [name, act] of Object.entries(actions)) {
    shown.querySelector(`.${name}`).addEventListener("click", (event) => act(event.currentTarget));
  }
  fill(exhibit, shown, describePalette(analysis.palette));
}

/** Show the main answer large, and the colour of the picture that it stands on, if it is one. */
function showVerdict(verdict, answer, facts) {
  verdict.hidden = !answer;
  if (!answer) return;
  const label = answer.label === null ? "Undecided" : facts.namesFor(answer)(answer.label);
  verdict.querySelector(".label").textContent = label;
  verdict.querySelector(".label").classList.toggle("long", isLong(label));
  verdict.querySelector(".score").textContent = scoreInWords(answer);
  const ground = answer.stands_on;
  verdict.querySelector(".swatch").hidden = !ground;
  verdict.querySelector(".ground").hidden = !ground;
  if (!ground) return;
  verdict.querySelector(".swatch").style.backgroundColor = ground.hex;
  verdict.querySelector(".ground .name").textContent = ground.name.toLowerCase();
  verdict.querySelector(".hex").textContent = ground.hex;
}

/** Show each warning once, and what it is about unless that is all. */
function showWarnings(list, { warnings, answers }, facts) {
  for (const { code, message } of warnings) append(list, "li", code, message);
  const told = new Map();
  for (const answer of answers) {
    for (const { code, message } of answer.warnings) {
      if (answers.length > 1 && code in CAVEATS) continue;
      const sentence = WARNINGS[code]?.(answer) ?? message;
      const about = told.get(sentence)?.about ?? [];
      told.set(sentence, { code, about: [...about, facts.headingOf(answer)] });
    }
  }
  for (const [sentence, { code, about }] of told) {
    const row = append(list, "li", code);
    if (about.length < answers.length) append(row, "span", "about", `${begun(listed(about))}: `);
    row.append(sentence);
  }
}

function showAnswers(place, { answers, unanswered }, main, facts) {
  const several = answers.length + unanswered.length > 1;
  place.classList.toggle("several", several);
  for (const answer of answers) {
    const heading = several || answer !== main ? begun(facts.headingOf(answer)) : "Most probable";
    const part = openPart(place, heading);
    part.classList.toggle("main", answer === main);
    if (answer.kind === "many") showTags(part, answer, facts.namesFor(answer));
    else showOne(part, answer, facts, several);
  }
  for (const { task, code, message } of unanswered) {
    const part = openPart(place, begun(facts.nounOf(task)));
    append(part, "p", `missing ${code}`, message);
  }
}

function openPart(place, heading) {
  const part = append(place, "div", "answer");
  append(part, "h4", "", heading);
  return part;
}

function showOne(part, answer, facts, several) {
  const caveat = several && answer.warnings.find(({ code }) => code in CAVEATS);
  if (caveat) append(part, "p", "caveat", CAVEATS[caveat.code](answer));
  const bars = append(part, "ol", "bars");
  const most = several ? SHOWN_OF_SEVERAL : SHOWN_ALONE;
  showBars(bars, answer.scores, { most, name: facts.namesFor(answer), hexes: facts.swatchesOf(answer.task) });
  part.classList.toggle("sure", several && answer.label !== null && !caveat);
}

function describePalette(palette) {
  const shown = instantiate("palette");
  if (!palette.length) return "";
  for (const { hex, share, name } of palette) {
    const stripe = append(shown.querySelector(".strip"), "span");
    stripe.style.flexGrow = share;
    stripe.style.backgroundColor = hex;
    const row = append(shown.querySelector(".palette"), "li");
    append(row, "span", "chip").style.backgroundColor = hex;
    append(row, "span", "name", titled(name));
    append(row, "code", "", hex);
    append(row, "span", "share", percent(share));
  }
  return shown;
}

function madeBy({ answers, milliseconds }) {
  const took = `${Math.ceil(milliseconds)} ms`;
  if (answers.length !== 1) return `${answers.length} models, ${took}`;
  const { name, family, version } = answers[0].model;
  return `${name}, ${family} ${version}, ${took}`;
}
