// What the page knows of the service before any picture: its tasks, its limits.

import { namesOf } from "./words.js";

/** Return what the service says of itself; what cannot be had is left out. */
export async function loadFacts() {
  const [told, model] = await Promise.all([getJson("v1/tasks"), getJson("v1/model")]);
  return new Facts(told ?? { tasks: [] }, model ?? {});
}

async function getJson(address) {
  try {
    const reply = await fetch(address);
    return reply.ok ? await reply.json() : null;
  } catch {
    return null;
  }
}

class Facts {
  constructor({ tasks, similar }, model) {
    this.limits = model.limits ?? {};
    this.main = model.task;
    this.searches = Boolean(similar);
    this.compares = tasks.some(({ kind, status }) => kind === "same" && status !== "failed");
    this.tasks = new Map(
      tasks
        .filter(({ kind }) => kind !== "same")
        .map((task) => [task.task, { ...task, swatches: new Map(Object.entries(task.swatches)) }]),
    );
  }

  /** Return the colours by which a task's labels are shown. */
  swatchesOf(task) {
    return this.tasks.get(task)?.swatches ?? new Map();
  }

  /** Return the answer that is shown large: the main task's, if it is one label. */
  mainOf(answers) {
    const main = answers.find(({ task }) => task === (this.main ?? answers[0].task));
    return main?.kind === "one" ? main : undefined;
  }

  /** Return what stands above a task's answer. */
  nounOf(task) {
    const known = this.tasks.get(task);
    return known ? this.headingOf(known) : task;
  }

  /** Return what stands above an answer; where there are several, the task is named for them. */
  headingOf({ task, kind, noun }) {
    return (kind === "many" ? task : noun).replaceAll("_", " ");
  }

  /** Return how the labels of an answer are shown. */
  namesFor({ task, scores }) {
    return namesOf(Object.keys(scores), this.swatchesOf(task));
  }
}
