/** Small numbers for zones, of which each belongs to a zone (`example.org.`) and who answers for it. */
export class ZoneNumbers {
  private readonly most: number;
  private readonly numbers = new Map<string, number>();
  private readonly entries: { readonly by: string; readonly label: string }[] = [];

  /** With `most` there are only so many numbers: what comes last shares one, which is that of the zone `other`. */
  constructor(most: number = Number.POSITIVE_INFINITY) {
    this.most = most;
  }

  /** How many there are. */
  get size(): number {
    return this.entries.length;
  }

  /** The number of a zone of a directive; the same one whenever asked. */
  of(by: string, label: string): number {
    const key = `${by} ${label}`;
    let number = this.numbers.get(key);
    if (number === undefined) {
      number = Math.min(this.entries.length, this.most - 1);
      this.entries[number] = number === this.most - 1 ? { by, label: 'other' } : { by, label };
      this.numbers.set(key, number);
    }
    return number;
  }

  /** Zone and directive of a number. */
  at(number: number): { readonly by: string; readonly label: string } | undefined {
    return this.entries[number];
  }
}
