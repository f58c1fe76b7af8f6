/** Time of compiling in one turn; what is compiled is then applied, which takes about as long again. */
const sliceMs = 4;
/** Names between two looks at the clock. */
const namesPerLook = 32;

/** Says when a slice of work, counted in names, has taken long enough. */
export class SliceClock {
  private endsAtMs = 0;
  private least = 0;
  private names = 0;

  /** Begins a slice, of no fewer than `leastNames`. */
  start(leastNames: number): void {
    this.endsAtMs = performance.now() + sliceMs;
    this.least = leastNames;
    this.names = 0;
  }

  /** To be asked before each name. */
  readonly isOver = (): boolean => ++this.names > this.least && this.names % namesPerLook === 0 && performance.now() >= this.endsAtMs;
}
