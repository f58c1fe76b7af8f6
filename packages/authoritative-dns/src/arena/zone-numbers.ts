/** The small numbers by which an arena knows zones, and by which it counts: each belongs to a zone and who answers for it. */
export class ZoneNumbers {
  private readonly numbers = new Map<string, number>();
  private readonly entries: { readonly by: string; readonly label: string }[] = [];

  /** How many there are. */
  get size(): number {
    return this.entries.length;
  }

  /** The number of a zone (`example.org.`) of a directive; the same one whenever asked. */
  of(by: string, label: string): number {
    const key = `${by} ${label}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = this.entries.length;
      this.entries.push({ by, label });
      this.numbers.set(key, number);
    }
    return number;
  }

  /** Zone and directive of a number. */
  at(number: number): { readonly by: string; readonly label: string } | undefined {
    return this.entries[number];
  }
}
