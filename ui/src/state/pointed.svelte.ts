/** What the pointer or the keyboard is at, shared by charts and table: a bucket of time, and a group. */
export class Pointed {
  /** A column of the heatmap and the charts. */
  x = $state<number | undefined>(undefined);
  /** A group's values as [`groupKey`] writes them. */
  group = $state<string | undefined>(undefined);

  leave(): void {
    this.x = undefined;
    this.group = undefined;
  }
}

/** What tells one group from another. */
export function groupKey(values: readonly unknown[]): string {
  return JSON.stringify(values);
}
