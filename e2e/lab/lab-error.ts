/** Something that a person can put right: the message says what is wrong, where, and how to fix it. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
