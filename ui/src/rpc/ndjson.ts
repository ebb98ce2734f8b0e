/** Cuts a stream of bytes into lines, however the pieces fall. */
export class LineCutter {
  readonly #decoder = new TextDecoder();
  #rest = "";

  /** Takes a piece and gives the lines that are now whole, without empty ones. */
  push(piece: Uint8Array): string[] {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.filter((line) => line.trim() !== "");
  }
}
