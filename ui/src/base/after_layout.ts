/**
 * Runs once when the browser has laid the page out next and has not painted yet: where something is scrolled can then be
 * read and set without a layout of its own.
 */
export function afterLayout(element: Element, run: () => void): void {
  const observer = new ResizeObserver(() => {
    observer.disconnect();
    run();
  });
  observer.observe(element);
}
