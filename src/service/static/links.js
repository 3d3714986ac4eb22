// Pictures behind links, which the browser fetches itself where their host lets it.

import { Problem, offline, timeout, tooLarge, within } from "./service.js";

const PATIENCE_S = 30;

/** Return the addresses that a text consists of, one a line; none if anything else is in it. */
export function addressesIn(text) {
  const lines = text.split(/\s*\n\s*/).map((line) => line.trim());
  // In a list of links, lines may be remarks.
  const said = lines.filter((line) => line && !line.startsWith("#"));
  return said.every(isAddress) ? said : [];
}

function isAddress(text) {
  if (!/^(https?:\/\/|data:image\/)\S+$/i.test(text)) return false;
  try {
    return Boolean(new URL(text));
  } catch {
    return false;
  }
}

/** Return what to call the picture at an address. */
export function nameOf(address) {
  const { protocol, host, pathname } = new URL(address);
  if (protocol === "data:") return "picture";
  const name = pathname.split("/").pop();
  try {
    return decodeURIComponent(name) || host;
  } catch {
    return name;
  }
}

/** Return the file at an address; raise a Problem where it cannot be had. */
export async function fetchPicture(address, limits, signal) {
  const reply = await open(address, signal);
  const host = new URL(address).host;
  if (!reply.ok) throw unfetched(`${host} does not give this picture (${reply.status}).`);
  const type = reply.headers.get("Content-Type") ?? "";
  if (/^text\/html|xhtml/i.test(type)) {
    throw unfetched(
      "This link leads to a web page, not to a picture. Copy the picture's own address from there.",
    );
  }
  const pieces = await read(reply, address, limits);
  return new File(pieces, nameOf(address), { type });
}

async function open(address, signal) {
  try {
    return await fetch(address, {
      credentials: "omit",
      referrerPolicy: "no-referrer",
      signal: within(PATIENCE_S, signal),
    });
  } catch (error) {
    throw whyUnfetched(error, address);
  }
}

/** Read what comes, but no more than the service would take. */
async function read(reply, address, limits) {
  const pieces = [];
  let size = 0;
  try {
    for (const reader = reply.body.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) return pieces;
      pieces.push(value);
      size += value.length;
      if (size > limits.bytes) {
        reader.cancel();
        break;
      }
    }
  } catch (error) {
    throw whyUnfetched(error, address);
  }
  throw tooLarge(limits);
}

function whyUnfetched(error, address) {
  if (error.name === "AbortError") return error;
  if (error.name === "TimeoutError") return timeout();
  const { host, origin } = new URL(address);
  if (!navigator.onLine || origin === location.origin) return offline();
  return unfetched(
    `${host} does not let other pages fetch this picture, or does not answer. Save the picture, ` +
      "then choose its file.",
  );
}

function unfetched(sentence) {
  return new Problem(sentence, { code: "unfetched", canRetry: true });
}
