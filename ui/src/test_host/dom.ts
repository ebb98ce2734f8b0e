import { configure } from "@testing-library/svelte";

// Waiting ends with what is waited for; the bound only has to outlast a machine that is busy with other work.
configure({ asyncUtilTimeout: 10_000 });

// What jsdom lacks and the pages use at the edge of the DOM: nothing here has behaviour.
class NoResizeObserver implements ResizeObserver {
  observe(): void {
    // Sizes never change: jsdom lays nothing out.
  }
  unobserve(): void {
    // See observe.
  }
  disconnect(): void {
    // See observe.
  }
}
globalThis.ResizeObserver = NoResizeObserver;
HTMLCanvasElement.prototype.getContext = () => null;

// A dialog is as open as its attribute says; nothing is made inert behind it.
HTMLDialogElement.prototype.showModal = function () {
  this.open = true;
};
HTMLDialogElement.prototype.close = function () {
  if (!this.open) return;
  this.open = false;
  this.dispatchEvent(new Event("close"));
};

Element.prototype.scrollIntoView = () => undefined;
