// How labels, probabilities and whole answers are put in words.

// In letters.
const LONG_LABEL = 16;
const SMALL_WORDS = new Set(["da", "de", "della", "der", "di", "du", "la", "le", "van", "von"]);
const HYPHENED = /^[\p{Ll}\p{M}\d]+(-[\p{Ll}\p{M}\d]+)+$/u;
const UNDERSCORED = /^[\p{Ll}\p{M}\d]+(_[\p{Ll}\p{M}\d]+)+$/u;

/**
 * Return how labels of one task are shown.
 *
 * Names of colours come in capitals, and those of people, where most labels are such, with hyphens.
 * Any other label is shown as it was learned.
 *
 * @param {string[]} labels all that the task has
 * @param {Map<string, string>} swatches the colours by which some are shown
 */
export function namesOf(labels, swatches = new Map()) {
  const people = labels.filter((label) => HYPHENED.test(label)).length > labels.length / 2;
  return (label) => {
    if (swatches.has(label)) return titled(label);
    if (people) return label.split("-").map(capital).join(" ");
    return UNDERSCORED.test(label) ? label.replaceAll("_", " ") : label;
  };
}

function capital(part) {
  return SMALL_WORDS.has(part) ? part : part.charAt(0).toUpperCase() + part.slice(1);
}

/** Tell labels that are set smaller, and above their bars. */
export function isLong(label) {
  return label.length > LONG_LABEL;
}

export function titled(label) {
  return label.charAt(0).toUpperCase() + label.slice(1).toLowerCase();
}

/** Return a sentence's beginning. */
export function begun(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Return "a", "a and b", "a, b and c". */
export function listed(texts) {
  return texts.length < 2 ? texts.join("") : `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

export function percent(share) {
  if (share > 0 && share < 0.005) return "<1%";
  return `${Math.round(100 * share)}%`;
}

/** Return scores with the highest first: browsers put keys such as "10" before all others. */
export function ranked(scores) {
  return Object.entries(scores).sort(([, one], [, other]) => other - one);
}

/** Return how sure an answer is; where it may be none of the names, their probabilities say only
 *  which of them is nearest. */
export function scoreInWords(answer) {
  const most = answer.label === null ? "at most " : "";
  const strange = answer.warnings.some(({ code }) => code === "none_of_these");
  const among = strange ? " among the names it knows" : "";
  return `${most}${percent(answer.score)} probable${among}`;
}

/** Return all answers to a picture in sentences, for those who hear the page. */
export function analysisInWords(name, { answers, unanswered }, facts) {
  const [first, ...others] = answers.map((answer) => answerInWords(answer, facts));
  if (!first) return `${name}: no answer yet.`;
  const nouns = answers.map((answer) => begun(facts.headingOf(answer)));
  const more = others.map((words, k) => ` ${nouns[k + 1]}: ${words}.`).join("");
  const missing = unanswered.map(({ task }) => ` ${begun(facts.nounOf(task))}: no answer.`).join("");
  return `${name}: ${first}.${more}${missing}`;
}

function answerInWords(answer, facts) {
  const nameOf = facts.namesFor(answer);
  if (answer.kind === "many") return listed(answer.labels.map(nameOf)) || "none";
  if (answer.label === null) return "undecided";
  return `${nameOf(answer.label)}, ${scoreInWords(answer)}`;
}
