/** Tells of many elements which lie near what a box that scrolls shows of them. One observer for all: each costs a frame. */
export class NearWatch {
  readonly #told = new WeakMap<Element, (isNear: boolean) => void>();
  readonly #observer: IntersectionObserver;

  /** `margin_px`: how far above and below what is seen is near. */
  constructor(scroller: Element, margin_px: number) {
    this.#observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) this.#told.get(target)?.(isIntersecting);
      },
      { root: scroller, rootMargin: `${margin_px}px 0px` },
    );
  }

  /** Calls `tell` soon, and whenever that changes; what comes back ends it. */
  watch(element: Element, tell: (isNear: boolean) => void): () => void {
    this.#told.set(element, tell);
    this.#observer.observe(element);
    return () => this.#observer.unobserve(element);
  }

  disconnect(): void {
    this.#observer.disconnect();
  }
}
