// A picture on the wall: its name, its preview, and what is said of it.

import { append, instantiate } from "./nodes.js";
import { begun, namesOf } from "./words.js";

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

/** Say that the service is looking at the picture. */
export function showWorking(exhibit) {
  const line = document.createElement("p");
  line.className = "working looking";
  line.textContent = "Looking…";
  fill(exhibit, line);
}

/** Show why there is no answer; `retry` is offered where it may help. */
export function showProblem(exhibit, problem, retry) {
  fill(exhibit, describeProblem(problem, retry));
}

/** Return why there is no answer, with a button to ask again. */
export function describeProblem(problem, retry) {
  const failure = instantiate("failure");
  failure.querySelector(".problem").textContent = problem.message;
  const button = failure.querySelector(".retry");
  if (problem.canRetry) button.addEventListener("click", retry);
  else button.parentElement.remove();
  return failure;
}

/** Put what is known in place of what was said before, below the picture's name. */
export function fill(exhibit, content, palette = "") {
  const plaque = exhibit.querySelector(".plaque");
  plaque.replaceChildren(plaque.querySelector(".heading"), content);
  exhibit.querySelector(".palette-part").replaceChildren(palette);
  for (const part of exhibit.querySelectorAll(".reasons, .neighbours")) {
    part.replaceChildren();
    part.hidden = true;
    delete part.dataset.told;
  }
}

/** Show every label that an answer may have, task by task. */
export function showNames(place, facts) {
  const tasks = [...facts.tasks.values()].filter(({ classes }) => classes.length);
  for (const task of tasks) {
    if (tasks.length > 1) {
      append(place, "h3", "", `${begun(facts.nounOf(task.task))}: ${task.classes.length}`);
    }
    const list = append(place, "ul", "names");
    const name = namesOf(task.classes, task.swatches);
    for (const label of task.classes) {
      const row = append(list, "li");
      const hex = task.swatches.get(label);
      if (hex) append(row, "span", "chip").style.backgroundColor = hex;
      append(row, "span", "", name(label)).dir = "auto";
    }
  }
}
