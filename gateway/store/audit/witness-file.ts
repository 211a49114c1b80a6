/**
 * A witness in a file: one head per line, appended and synced. The file belongs on a mount that the gateway's administrator cannot rewrite.
 */
import { closeSync, constants, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { SeenHeads, type Witness, WitnessAway, WitnessRefusal } from './witness.ts';

/** The text up to its last line end. A line that a crash cut short was never acknowledged. */
const wholeLines = (text: string): string => text.slice(0, text.lastIndexOf('\n') + 1);

export class WitnessFile implements Witness {
  readonly #file: string;
  #heads = new SeenHeads();
  /** How much of the file has been read or written. */
  #size = 0;

  /** The file must exist: an empty file has seen nothing, but a missing file means a missing mount. */
  constructor(file: string) {
    this.#file = file;
  }

  /** Opens the file, runs `use` on it, and closes it. */
  #with<T>(flags: number, use: (file: number) => T): T {
    let file: number | undefined;
    try {
      file = openSync(this.#file, flags);
      return use(file);
    } catch (error) {
      if (error instanceof WitnessRefusal || error instanceof WitnessAway) throw error;
      throw new WitnessAway(`The witness file ${this.#file} cannot be used (${(error as NodeJS.ErrnoException).code ?? 'failed'})`);
    } finally {
      if (file !== undefined) closeSync(file);
    }
  }

  /**
   * Reads the new lines of the file. Throws {@link WitnessRefusal} when its lines are not chains of heads, or when earlier lines are gone.
   */
  #read(file: number): readonly string[] {
    const text = wholeLines(readFileSync(file, 'utf8'));
    if (text.length < this.#size) throw new WitnessRefusal(`The witness file ${this.#file} is shorter than it was`);
    const lines = text.split('\n').slice(0, -1);
    const heads = new SeenHeads();
    for (const [n, line] of lines.entries())
      try {
        heads.take(line);
      } catch (error) {
        throw new WitnessRefusal(`Line ${n + 1} of the witness file ${this.#file} is not what was written: ${(error as Error).message}`);
      }
    this.#heads = heads;
    this.#size = text.length;
    return lines;
  }

  async seen(): Promise<readonly string[]> {
    return this.#with(constants.O_RDONLY, (file) => this.#read(file));
  }

  async take(heads: readonly string[]): Promise<void> {
    this.#with(constants.O_RDWR | constants.O_APPEND, (file) => {
      // Another gateway of the deployment may have written too, or somebody may have replaced the file.
      if (fstatSync(file).size !== this.#size) this.#read(file);
      const draft = this.#heads.copy();
      const added = heads.filter((jws) => draft.take(jws));
      if (added.length === 0) return;
      const text = `${added.join('\n')}\n`;
      if (fstatSync(file).size > this.#size) ftruncateSync(file, this.#size);
      if (writeSync(file, text) < text.length) throw new WitnessAway(`The witness file ${this.#file} is full`);
      fsyncSync(file);
      this.#size += text.length;
      this.#heads = draft;
    });
  }
}
