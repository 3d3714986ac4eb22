// The page: takes pictures in, asks the service about a few at a time, hangs up the answers.

import { showAnalysis } from "./answers.js";
import { copyAsJson } from "./clipboard.js";
import { hang, showNames, showProblem, showWorking } from "./exhibit.js";
import { loadFacts } from "./facts.js";
import { choose, compare, forget, openComparing } from "./hands.js";
import { openIntake } from "./intake.js";
import { fetchPicture, nameOf } from "./links.js";
import { toggleSimilar } from "./neighbours.js";
import { announce, clearNotices, closeResults, object, openResults } from "./notices.js";
import { showNoPreview, showPreview } from "./preview.js";
import { toggleReasons } from "./reasons.js";
import { Problem, ask } from "./service.js";
import { saveAsCsv } from "./table.js";
import { analysisInWords } from "./words.js";

// More at once would only wait on the server, and take its room from other people.
const AT_ONCE = 2;

const facts = loadFacts();
const shown = [];
const waiting = [];
let asked = 0;
// Whether the service compares pictures, as soon as that is known.
let compares = false;

const byId = (id) => document.getElementById(id);

/** Take what one action has brought; what was said of an earlier one is over. */
function receive({ files = [], addresses = [], objections = [], second = false }) {
  clearNotices();
  objections.forEach(object);
  const pictures = [
    ...files.map((file) => ({ file, name: file.name, source: file.name })),
    ...addresses.map((address) => ({ address, name: nameOf(address), source: address })),
  ];
  if (!pictures.length) return;
  pictures[0].isSecond = second;
  take(pictures);
}

/** Hang up new pictures above the older ones; those beyond the limit wait for a word. */
async function take(pictures, most = null) {
  const { limits } = await facts;
  const taken = pictures.slice(0, most ?? limits.files);
  for (const picture of taken) {
    picture.leaving = new AbortController();
    picture.node = hang(picture.name, () => remove(picture));
    if (picture.file) showPreview(picture.node, picture.file);
  }
  openResults();
  byId("exhibits").prepend(...taken.map((picture) => picture.node));
  shown.unshift(...taken);
  waiting.push(...taken);
  if (pictures.length > taken.length) offerRest(pictures, taken.length);
  askNext();
  byId("results").scrollIntoView({ block: "start" });
}

function offerRest(pictures, most) {
  const rest = pictures.slice(most);
  const notice = object(
    `These are ${pictures.length} pictures, and ${most} are taken at once. ${rest.length} are left.`,
  );
  const next = Math.min(most, rest.length);
  offer(notice, `Take the next ${next}`, () => take(rest));
  if (rest.length > next) offer(notice, `Take all ${rest.length}`, () => take(rest, rest.length));
}

function offer(notice, caption, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = caption;
  button.addEventListener("click", () => {
    clearNotices();
    act();
  });
  notice.append(" ", button);
}

function askNext() {
  while (asked < AT_ONCE && waiting.length) lookAt(waiting.shift());
  showProgress();
}

async function lookAt(picture) {
  asked += 1;
  showWorking(picture.node);
  const known = await facts;
  try {
    await fetchFirst(picture, known.limits);
    picture.answer = await ask(picture.file, known.limits, picture.leaving.signal);
    hangAnswer(picture, known);
    announce(analysisInWords(picture.name, picture.answer, known));
  } catch (error) {
    refuse(picture, error);
  } finally {
    asked -= 1;
    askNext();
  }
}

/** Fetch a picture that is behind a link, unless that was done before. */
async function fetchFirst(picture, limits) {
  if (picture.file) return;
  picture.file = await fetchPicture(picture.address, limits, picture.leaving.signal);
  showPreview(picture.node, picture.file);
}

function hangAnswer(picture, known) {
  const { node, answer, file, leaving } = picture;
  const main = known.mainOf(answer.answers);
  const request = { file, limits: known.limits, signal: leaving.signal };
  showAnalysis(node, answer, known, {
    copy: (button) => copyAsJson(answer, button, announce),
    why: (button) => toggleReasons(node, button, { ...request, name: known.namesFor(main) }),
    similar: (button) => toggleSimilar(node, button, request),
    again: () => retry(picture),
    compare: () => choose(picture, known.limits),
  });
  if (picture.isSecond) choose(picture, known.limits);
  picture.isSecond = false;
}

function refuse(picture, error) {
  if (picture.leaving.signal.aborted) return;
  // Anything else is a mistake of the page's own, and no news for people.
  if (!(error instanceof Problem)) throw error;
  picture.problem = error;
  if (!picture.file) showNoPreview(picture.node, "No preview: the link gave no picture.");
  showProblem(picture.node, error, () => retry(picture));
  announce(`${picture.name}: ${error.message}`);
}

function retry(picture) {
  delete picture.problem;
  delete picture.answer;
  showWorking(picture.node);
  waiting.push(picture);
  askNext();
}

/** Take one picture down; the focus goes to its neighbour. */
function remove(picture) {
  const place = shown.indexOf(picture);
  shown.splice(place, 1);
  leave(picture);
  announce(`${picture.name} is removed.`);
  const neighbour = shown[place] ?? shown[place - 1];
  if (neighbour) neighbour.node.querySelector(".remove").focus();
  else closeResults();
  showProgress();
}

function clear() {
  shown.splice(0).forEach(leave);
  announce("The results are cleared.");
  closeResults();
}

function leave(picture) {
  if (waiting.includes(picture)) waiting.splice(waiting.indexOf(picture), 1);
  picture.leaving.abort();
  forget(picture);
  picture.node.remove();
}

function showProgress() {
  const named = shown.filter((picture) => picture.answer).length;
  const failed = shown.filter((picture) => picture.problem).length;
  const left = shown.length - named - failed;
  const parts = [shown.length === 1 ? "1 picture" : `${shown.length} pictures`];
  if (left) parts.push(`${left} to go`);
  if (failed) parts.push(`${failed} without an answer`);
  byId("progress").textContent = shown.length ? parts.join(", ") : "";
  byId("compare-both").hidden = !compares || named !== 2 || shown.length !== 2;
  byId("copy-all").hidden = named < 2;
  byId("save").hidden = !named;
}

openIntake(receive);
openComparing();
byId("clear").addEventListener("click", clear);
byId("copy-all").addEventListener("click", (event) => {
  const answers = shown.map(({ name, answer, problem }) =>
    answer ?? { filename: name, error: { code: problem?.code, message: problem?.message } },
  );
  copyAsJson(answers, event.currentTarget, announce);
});
byId("save").addEventListener("click", async () => {
  // Models may have become ready since.
  announce(`Saved as ${saveAsCsv(shown, await loadFacts())}.`);
});
byId("compare-both").addEventListener("click", async () => {
  const { limits } = await facts;
  compare(...shown, limits);
});
facts.then((known) => {
  compares = known.compares;
  showNames(byId("names"), known);
});
