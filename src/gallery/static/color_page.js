// Infinite scroll of a colour page: batches arrive when the end of the grid comes into view, and a
// tile's picture is only set once the tile is near the viewport.
(() => {
  const grid = document.querySelector("[data-grid]");
  const end = document.querySelector("[data-end]");
  const addresses = new WeakMap();
  let next = INIT_data.next;
  let loading = false;

  const lazy = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      target.style.backgroundImage = `url("${addresses.get(target)}")`;
      lazy.unobserve(target);
    }
  }, { rootMargin: "600px" });

  const watch = (tile, address) => {
    if (!address) return;
    addresses.set(tile, address);
    lazy.observe(tile);
  };

  // As frameworks do: the tile stands first, its attributes follow with the next frame.
  const append = ({ html, images }) => {
    const group = document.createElement("div");
    group.innerHTML = html;
    const tiles = [...group.children];
    const sources = tiles.map((tile) => tile.getAttribute("data-bgsrc"));
    tiles.forEach((tile) => tile.removeAttribute("data-bgsrc"));
    grid.append(group);
    requestAnimationFrame(() => tiles.forEach((tile, i) => {
      if (sources[i] !== null) tile.setAttribute("data-bgsrc", sources[i]);
      watch(tile, images[i]);
    }));
  };

  const load = async () => {
    if (loading || next === null) return;
    loading = true;
    try {
      const answer = await fetch(`/api/works?col=${INIT_data.col}&offset=${next}`);
      if (answer.redirected) location.href = answer.url;
      if (!answer.ok) return;
      const batch = await answer.json();
      if (batch.images.length) append(batch);
      next = batch.next;
    } finally {
      loading = false;
    }
  };

  // An observer reports changes only: an end that stays in view from one frame to the next asks once.
  const start = () => new IntersectionObserver((entries) => {
    if (entries.at(-1).isIntersecting) load();
  }, { rootMargin: "300px" }).observe(end);

  [...grid.querySelectorAll("[data-tile]")].forEach((tile, i) => watch(tile, INIT_data.images[i]));
  const consent = document.getElementById("consent");
  if (!consent) return start();
  consent.addEventListener("click", ({ target }) => {
    if (target.tagName !== "BUTTON") return;
    document.cookie = `consent=${target.value}; path=/`;
    consent.remove();
    start();
  });
})();
