/** One recorded case, ready to run. */
export interface ConformanceCase {
  /** Unique within the suite; what a person looks for in the file of cases. */
  readonly id: string;
  /** What differs from the record, one line each; empty when the case passes. A throw counts as a difference. */
  run(): readonly string[] | Promise<readonly string[]>;
}

/** The recorded cases of one subject, run through the packages' public entry points. */
export interface ConformanceSuite {
  /** Also the name of the file: `NAME.json`. */
  readonly name: string;
  /** Makes the cases of the file's content. Throws when the content is not of this suite's shape. */
  casesOf(content: unknown): readonly ConformanceCase[];
}

/** Compares field by field; the fields are those of `expected`. */
export function differences(expected: Readonly<Record<string, unknown>>, actual: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(expected).flatMap((field) => {
    const [want, got] = [JSON.stringify(expected[field]), JSON.stringify(actual[field])];
    return want === got ? [] : [`${field}: expected ${want}, got ${got}`];
  });
}
