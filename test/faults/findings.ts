/** Unexpected behaviour of gateways: they ended by themselves, or printed something other than log lines. */

/** How many findings are shown. */
const SHOWN = 20;
const LEVEL_ERROR = 50;
/** What Node reports about itself is not an error. */
const WARNING = /^\(node:\d+\)|^\(Use `node --trace/;

export class Findings {
  /** What should not have been. The run fails where there is anything. */
  readonly wrong: string[] = [];
  /** Starts that ended before the gateway was ready, by their last line: a start without brokers does. */
  readonly failedStarts = new Map<string, number>();
  /** Lines of the log at the level of errors, by their text. */
  readonly logged = new Map<string, number>();

  add(finding: string): void {
    if (this.wrong.length < SHOWN) this.wrong.push(finding);
    console.error(`Finding: ${finding}`);
  }

  failedStart(line: string): void {
    this.failedStarts.set(line, (this.failedStarts.get(line) ?? 0) + 1);
  }

  /** A line on stderr of a gateway that was ready. */
  line(gateway: string, text: string): void {
    if (text.trim() === '' || WARNING.test(text)) return;
    const logged = logLine(text);
    if (logged === undefined) this.add(`${gateway} wrote: ${text}`);
    else if (logged.level >= LEVEL_ERROR) {
      const about = [logged.msg, logged.reason].filter((part) => part !== undefined).join(': ');
      this.logged.set(about, (this.logged.get(about) ?? 0) + 1);
    }
  }
}

function logLine(text: string): { readonly level: number; readonly msg: string; readonly reason?: string } | undefined {
  try {
    const read = JSON.parse(text) as { level?: unknown; msg?: unknown; reason?: string };
    return typeof read.level === 'number' && typeof read.msg === 'string' ? (read as ReturnType<typeof logLine>) : undefined;
  } catch {
    return undefined;
  }
}
