// The page: takes pictures in, asks the service about a few at a time, hangs up the answers.

import { copyAsJson } from "./clipboard.js";
import { hang, inWords, showAnswer, showNames, showProblem, showWorking } from "./exhibit.js";
import { openIntake } from "./intake.js";
import { Problem, ask, limitsInWords, loadFacts } from "./service.js";

// More at once would only wait on the server, and take its room from other people.
const AT_ONCE = 2;
const KEPT_ANNOUNCEMENTS = 30;

const facts = loadFacts();
const shown = [];
const waiting = [];
let asked = 0;

const byId = (id) => document.getElementById(id);

/** Hang up new pictures above the older ones; those beyond the limit wait for a word. */
async function take(files) {
  const { limits } = await facts;
  const most = limits.files ?? files.length;
  const taken = files.slice(0, most).map((file) => ({ file, node: hang(file) }));
  openResults();
  byId("exhibits").prepend(...taken.map((picture) => picture.node));
  shown.unshift(...taken);
  waiting.push(...taken);
  if (files.length > most) offerRest(files, most);
  askNext();
  byId("results").scrollIntoView({ block: "start" });
}

function openResults() {
  byId("results").hidden = false;
  document.body.classList.add("hung");
}

function offerRest(files, most) {
  const rest = files.slice(most);
  const notice = object(
    `These are ${files.length} pictures, and ${most} are taken at once. ${rest.length} are left.`,
  );
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = `Take the next ${Math.min(most, rest.length)}`;
  button.addEventListener("click", () => {
    notice.remove();
    take(rest);
  });
  notice.append(" ", button);
}

function askNext() {
  while (asked < AT_ONCE && waiting.length) lookAt(waiting.shift());
  showProgress();
}

async function lookAt(picture) {
  const { hexes, limits } = await startOn(picture);
  try {
    picture.answer = await ask(picture.file, limits);
    showAnswer(picture.node, picture.answer, hexes, (button) =>
      copyAsJson(picture.answer, button, announce),
    );
    announce(inWords(picture.file.name, picture.answer, hexes));
  } catch (error) {
    refuse(picture, error);
  } finally {
    asked -= 1;
    askNext();
  }
}

function refuse(picture, error) {
  // Anything else is a mistake of the page's own, and no news for people.
  if (!(error instanceof Problem)) throw error;
  picture.problem = error;
  showProblem(picture.node, error, () => retry(picture));
  announce(`${picture.file.name}: ${error.message}`);
}

function startOn(picture) {
  asked += 1;
  showWorking(picture.node);
  return facts;
}

function retry(picture) {
  delete picture.problem;
  showWorking(picture.node);
  waiting.push(picture);
  askNext();
}

function showProgress() {
  const named = shown.filter((picture) => picture.answer).length;
  const failed = shown.filter((picture) => picture.problem).length;
  const left = shown.length - named - failed;
  const parts = [shown.length === 1 ? "1 picture" : `${shown.length} pictures`];
  if (left) parts.push(`${left} to go`);
  if (failed) parts.push(`${failed} without an answer`);
  byId("progress").textContent = parts.join(", ");
  byId("copy-all").hidden = named < 2;
  byId("clear").disabled = left > 0;
}

/** Say in words, above the results, why something was not taken; return the notice. */
function object(sentence) {
  openResults();
  const notice = document.createElement("li");
  notice.textContent = sentence;
  byId("notices").replaceChildren(notice);
  announce(sentence);
  return notice;
}

/** Say something to those who hear the page. */
function announce(sentence) {
  const line = document.createElement("p");
  line.textContent = sentence;
  const announcer = byId("announcer");
  announcer.append(line);
  if (announcer.children.length > KEPT_ANNOUNCEMENTS) announcer.firstElementChild.remove();
}

function clear() {
  shown.length = 0;
  byId("exhibits").replaceChildren();
  byId("notices").replaceChildren();
  byId("results").hidden = true;
  document.body.classList.remove("hung");
  announce("The results are cleared.");
  byId("choose").focus();
}

async function showFacts() {
  const { hexes, limits } = await facts;
  const most = limitsInWords(limits);
  if (most) byId("formats").textContent += `, ${most}`;
  showNames(byId("names"), hexes);
}

openIntake(take, object);
byId("clear").addEventListener("click", clear);
byId("copy-all").addEventListener("click", (event) => {
  const answers = shown.map(({ file, answer, problem }) =>
    answer ?? { filename: file.name, error: { code: problem?.code, message: problem?.message } },
  );
  copyAsJson(answers, event.currentTarget, announce);
});
showFacts();
