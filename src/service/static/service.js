// What the page asks of the service, and what it says when an answer is a refusal.

// Beyond the service's own limit, so that its sentence arrives before ours.
const PATIENCE_S = 15;
const UNKNOWN_LIMIT_S = 60;
const MEGA = 1e6;
// Works of a folder that are like a picture: as many as stand in a row.
const SHOWN_SIMILAR = 6;

/** A reason, in a sentence for people, why a picture got no answer. */
export class Problem extends Error {
  constructor(sentence, { code, canRetry = false }) {
    super(sentence);
    this.code = code;
    this.canRetry = canRetry;
  }
}

/** Return all that the service says of one picture; raise a Problem where there is none. */
export function ask(file, limits, signal) {
  return post("v1/analyse", { file }, limits, signal);
}

/** Return why the main model answers so; raise a Problem where it does not say. */
export function askWhy(file, limits, signal) {
  return post("v1/explain", { file }, limits, signal);
}

/** Return the works like a picture; raise a Problem where none are searched. */
export function askSimilar(file, limits, signal) {
  return post(`v1/similar?count=${SHOWN_SIMILAR}`, { file }, limits, signal);
}

/** Return whether two pictures are by one hand; raise a Problem where that is not told. */
export function askWhether(a, b, limits, signal) {
  return post("v1/compare", { a, b }, limits, signal);
}

async function post(path, files, limits, signal) {
  if (Object.values(files).some((file) => file.size > limits.bytes)) throw tooLarge(limits);
  const reply = await send(path, files, limits, signal);
  const body = await reply.json().catch(() => ({}));
  if (reply.ok && "milliseconds" in body) return body;
  const error = body.error ?? {};
  throw refusal(error.code, error.message, reply.headers.get("Retry-After"), limits);
}

async function send(path, files, limits, signal) {
  const form = new FormData();
  for (const [field, file] of Object.entries(files)) form.append(field, file, file.name);
  const seconds = (limits.seconds ?? UNKNOWN_LIMIT_S) + PATIENCE_S;
  try {
    return await fetch(path, { method: "POST", body: form, signal: within(seconds, signal) });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw error.name === "TimeoutError" ? timeout() : await whyUnsent(Object.values(files));
  }
}

/** Return a signal that ends what it is given to with another one, or when it takes too long. */
export function within(seconds, signal) {
  // AbortSignal.any would do the same, but not in the browsers of older phones.
  const either = new AbortController();
  const late = new DOMException("It took too long.", "TimeoutError");
  setTimeout(() => either.abort(late), 1000 * seconds);
  signal.addEventListener("abort", () => either.abort(signal.reason));
  if (signal.aborted) either.abort(signal.reason);
  return either.signal;
}

/** Tell a file that has gone from a network that has. */
async function whyUnsent(files) {
  try {
    for (const file of files) await file.slice(0, 1).arrayBuffer();
  } catch {
    return new Problem("This file cannot be read any more; it may have been moved.", {
      code: "gone",
    });
  }
  return offline();
}

/** Return the problem of a network that is gone. */
export function offline() {
  const sentence = navigator.onLine
    ? "No connection to the server. Try again in a moment."
    : "You are offline. Try again once you are connected.";
  return new Problem(sentence, { code: "offline", canRetry: true });
}

/** Return the problem of an answer that does not come. */
export function timeout() {
  return refusal("timeout");
}

/** Return the problem of a picture with too many bytes or pixels. */
export function tooLarge(limits) {
  return refusal("too_large", undefined, null, limits);
}

const SENTENCES = {
  unreadable_image: "This file is no picture, or it is damaged or incomplete.",
  timeout: "This picture took too long. Try again, or try a smaller one.",
  internal: "Something went wrong on the server. It is not the picture's fault.",
};
const RETRIED = new Set(["timeout", "internal", "busy"]);

function refusal(code, message, retryAfter = null, limits = {}) {
  return new Problem(sentenceFor(code, message, retryAfter, limits), {
    code: code ?? "internal",
    canRetry: RETRIED.has(code ?? "internal"),
  });
}

function sentenceFor(code, message, retryAfter, limits) {
  if (code === "too_large") {
    const most = limitsInWords(limits);
    return `This picture is too large.${most ? ` The server takes ${most}.` : ""}`;
  }
  if (code === "busy") {
    return `The server is busy with other pictures. Try again ${whenOf(retryAfter)}.`;
  }
  return SENTENCES[code] ?? message ?? SENTENCES.internal;
}

function whenOf(retryAfter) {
  const seconds = Number(retryAfter);
  if (!(seconds > 0)) return "in a moment";
  return seconds === 1 ? "in a second" : `in ${seconds} seconds`;
}

/** Say how large a picture may be, as "up to 20 MB and 50 million pixels". */
function limitsInWords({ bytes, pixels }) {
  const parts = [];
  if (bytes) parts.push(`${Math.floor(bytes / MEGA)} MB`);
  if (pixels) parts.push(`${Math.floor(pixels / MEGA)} million pixels`);
  return parts.length ? `up to ${parts.join(" and ")}` : "";
}
