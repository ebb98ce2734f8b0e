import type { DropWatcher } from "./transport";

/** Watches files dragged from elsewhere over a page that the browser itself hands them to. */
export function watchDrops(page: Window, on: DropWatcher): () => void {
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") === true;

  const dragover = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    // Without this the browser leaves the page for the file.
    event.preventDefault();
    if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
    on.over(true);
  };
  const dragleave = (event: DragEvent) => {
    // From one element to another it is still over the page.
    if (hasFiles(event) && event.relatedTarget === null) on.over(false);
  };
  const drop = (event: DragEvent) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    on.over(false);
    on.files([...(event.dataTransfer?.files ?? [])]);
  };

  page.addEventListener("dragenter", dragover);
  page.addEventListener("dragover", dragover);
  page.addEventListener("dragleave", dragleave);
  page.addEventListener("drop", drop);
  return () => {
    page.removeEventListener("dragenter", dragover);
    page.removeEventListener("dragover", dragover);
    page.removeEventListener("dragleave", dragleave);
    page.removeEventListener("drop", drop);
  };
}
