// What runs in the page itself, in a browser's and in the window's, while a trace is measured.

/** Goes to a trace, and how long it takes until its bars are painted, in ms. */
export async function open(hash) {
  const begun = performance.now();
  location.hash = hash;
  const painted = () => {
    const canvas = document.querySelector(".waterfall canvas");
    if (!canvas || canvas.width === 0 || canvas.height === 0) return false;
    if (document.querySelectorAll("[data-place]").length < 10) return false;
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, Math.min(canvas.height, 200));
    return data.some((value) => value !== 0);
  };
  for (;;) {
    // Not by frames: a window that nobody moves may draw none.
    await new Promise((resolve) => setTimeout(resolve, 4));
    if (painted()) return performance.now() - begun;
    if (performance.now() - begun > 60_000) throw new Error("nothing was painted in a minute");
  }
}

/** Scrolls somewhere else. */
export function jump(share) {
  const grid = document.querySelector('[role="treegrid"]');
  grid.scrollTop = (grid.scrollHeight - grid.clientHeight) * ((share * 7.3) % 1);
}

/** Scrolls, step by step, and how long the page's script needed for each step, in ms: until all that follows from it at once
    has run. */
export async function scrollScript(n, step_px) {
  const grid = document.querySelector('[role="treegrid"]');
  const costs_ms = [];
  for (let nth = 0; nth < n; nth += 1) {
    await new Promise((resolve) => {
      requestAnimationFrame(resolve);
      setTimeout(resolve, 100);
    });
    // To lay out the step before, where no frame did, and to scroll are the browser's own work.
    grid.scrollTop += step_px;
    void grid.offsetHeight;
    const begun = performance.now();
    grid.dispatchEvent(new Event("scroll"));
    await new Promise((resolve) => queueMicrotask(resolve));
    await Promise.resolve();
    costs_ms.push(performance.now() - begun);
  }
  return costs_ms;
}
