"use strict";
// Every file of data is a script that calls `artlens`, since pages on disk may fetch nothing else.

const data = (() => {
  const asked = new Map();
  let build = "";

  /** Return the content of a file of data, which is loaded once. */
  function load(name) {
    return slotOf(name).promise;
  }

  function slotOf(name) {
    if (!asked.has(name)) {
      const slot = {};
      slot.promise = new Promise((resolve, reject) => Object.assign(slot, { resolve, reject }));
      asked.set(name, slot);
      if (build) addScript(name, slot);
    }
    return asked.get(name);
  }

  function addScript(name, slot) {
    const script = document.createElement("script");
    script.src = `data/${name}.js?${build}`;
    script.addEventListener("error", () => {
      // Asked for once more, it may be there.
      asked.delete(name);
      slot.reject(new Error(`data/${name}.js is missing`));
    });
    script.addEventListener("load", () => script.remove());
    document.head.append(script);
  }

  function receive(name, content) {
    const slot = asked.get(name) ?? {};
    if (!slot.promise) asked.set(name, { promise: Promise.resolve(content) });
    slot.resolve?.(content);
  }

  /** Return the contents of all parts of what is said of pictures in parts of some size. */
  function loadParts(name, { count, sizes }) {
    const parts = Math.ceil(count / sizes[name]);
    return Promise.all(Array.from({ length: parts }, (_, part) => load(`${name}-${part}`)));
  }

  /** Return a function that does what this one does, once; where that fails, when it is asked for again. */
  function once(loadAll) {
    let loading = null;
    return (...given) => {
      loading ??= loadAll(...given);
      loading.catch(() => (loading = null));
      return loading;
    };
  }

  /** From now on load files of this build. */
  function open(site) {
    build = site.build;
  }

  /** Return the bytes of a text in base64. */
  function bytesOf(packed) {
    const text = atob(packed);
    const bytes = new Uint8Array(text.length);
    for (let k = 0; k < text.length; k += 1) bytes[k] = text.charCodeAt(k);
    return bytes;
  }

  /** Return numbers of a type of typed arrays, all of them little-endian as processors are. */
  function unpack(packed, type) {
    return new type(bytesOf(packed).buffer);
  }

  return { load, loadParts, once, receive, open, unpack };
})();

/** What files of data call. */
function artlens(name, content) {
  data.receive(name, content);
}
