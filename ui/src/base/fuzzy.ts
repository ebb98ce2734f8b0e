/** How well words fit a text, the more the better; nothing where they do not. Each word has to begin a word of the text,
    or stand somewhere in it for less. */
export function fit(words: string, text: string): number | undefined {
  const hay = text.toLowerCase();
  let sum = 0;
  for (const word of words
    .toLowerCase()
    .split(/\s+/)
    .filter((one) => one !== "")) {
    if (hay.startsWith(word)) sum += 3;
    else if (new RegExp(`\\b${escaped(word)}`).test(hay)) sum += 2;
    else if (hay.includes(word)) sum += 1;
    else return undefined;
  }
  return sum;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** What fits, best first; in the given order where two fit alike. */
export function fitting<T>(words: string, items: readonly T[], textOf: (item: T) => string): readonly T[] {
  const scored = items.flatMap((item, at) => {
    const score = fit(words, textOf(item));
    return score === undefined ? [] : [{ item, score, at }];
  });
  return scored.sort((a, b) => b.score - a.score || a.at - b.at).map(({ item }) => item);
}
