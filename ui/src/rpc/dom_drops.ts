import type { DropWatcher } from "./transport";

/** While files are held over a page it is told so every 350 ms (HTML, "drag-and-drop processing model"); silence for longer
    means that they went away without a word. */
const SILENCE_MS = 1500;

/** Watches files dragged from elsewhere over a page that the browser itself hands them to. */
export function watchDrops(page: Window, on: DropWatcher): () => void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;

  let silence: ReturnType<typeof setTimeout> | undefined;
  const over = (isOver: boolean) => {
    clearTimeout(silence);
    if (isOver) silence = setTimeout(() => on.over(false), SILENCE_MS);
    on.over(isOver);
  };

  const dragover = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    // Without this the browser leaves the page for the file.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    over(true);
  };
  const dragleave = (event: DragEvent) => {
    // From one element to another it is still over the page.
    if (hasFiles(event) && event.relatedTarget === null) over(false);
  };
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(false);
    on.files([...(event.dataTransfer?.files ?? [])]);
  };

  page.addEventListener("dragenter", dragover);
  page.addEventListener("dragover", dragover);
  page.addEventListener("dragleave", dragleave);
  page.addEventListener("drop", drop);
  return () => {
    clearTimeout(silence);
    page.removeEventListener("dragenter", dragover);
    page.removeEventListener("dragover", dragover);
    page.removeEventListener("dragleave", dragleave);
    page.removeEventListener("drop", drop);
  };
}
