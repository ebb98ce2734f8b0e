/** What the pointer or the keyboard is at, shared by charts and table: a place in time, and a group. */
export class Pointed {
  /** A share of the axis that the pictures have in common. */
  at = $state<number | undefined>(undefined);
  /** A group's values as [`groupKey`] writes them. */
  group = $state<string | undefined>(undefined);

  leave(): void {
    this.at = undefined;
    this.group = undefined;
  }
}

/** What tells one group from another. */
export function groupKey(values: readonly unknown[]): string {
  return JSON.stringify(values);
}
