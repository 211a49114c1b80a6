/** An adapter that cannot be used. Each of the lines names the file, or a place in it, and the reason. */
export class AdapterError extends Error {
  override readonly name = 'AdapterError';
  readonly lines: readonly string[];

  constructor(lines: readonly string[]) {
    super(lines.join('\n'));
    this.lines = lines;
  }
}
