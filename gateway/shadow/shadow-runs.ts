/** Shadow runs of a gateway over its own messages: one at a time, at a low priority, and each can be stopped. */
import { randomBytes } from 'node:crypto';
import type { SealKey } from '../labels/seal.ts';
import { type ArchiveContext, archivedMessages, type ShadowScope } from './archive.ts';
import { type CandidateChange, candidateOf } from './candidate.ts';
import { keepReport } from './keep-report.ts';
import { SHADOW_FORMAT, type SignedReport, scopeOfReport, signReport } from './report.ts';
import { runShadow } from './run.ts';
import { openSide, type SideContext, type SideInput } from './side.ts';
import { type Counts, isWorse } from './tally.ts';

export interface ShadowRunsContext extends SideContext, ArchiveContext {
  /** What is in force. */
  readonly inForce: () => SideInput;
  readonly candidates: () => Readonly<Record<string, CandidateChange>>;
  readonly sealKey: () => SealKey;
  readonly version: string;
  /** Where reports are kept. */
  readonly folder: string;
}

export interface ShadowRunState {
  readonly id: string;
  readonly candidate: string;
  /** The client or person that began it. */
  readonly by: string;
  readonly status: 'running' | 'ended' | 'stopped' | 'failed';
  /** ISO 8601. */
  readonly started: string;
  readonly messages: Counts['messages'];
  readonly isWorse?: boolean;
  /** Why it failed. */
  readonly reason?: string;
  readonly signed?: SignedReport;
}

const NOTHING: Counts['messages'] = { compared: 0, same: 0, differ: 0, newlyRefused: 0, newlyAccepted: 0 };
/** How many runs are remembered. Their reports are in the folder. */
const MOST_RUNS = 10;

export class ShadowRuns {
  readonly #context: ShadowRunsContext;
  /** The newest first. */
  #states: readonly ShadowRunState[] = [];
  #abort = new AbortController();
  #running: Promise<void> | undefined;
  #isClosed = false;

  constructor(context: ShadowRunsContext) {
    this.#context = context;
  }

  /** The names of the candidates of the configuration. */
  get candidates(): readonly string[] {
    return Object.keys(this.#context.candidates());
  }

  get list(): readonly ShadowRunState[] {
    return this.#states;
  }

  get(id: string): ShadowRunState | undefined {
    return this.#states.find((state) => state.id === id);
  }

  /** The run that is under way. */
  get current(): ShadowRunState | undefined {
    return this.#states.find(({ status }) => status === 'running');
  }

  /** Begins a run, or returns the one that is under way. Undefined where the configuration has no such candidate. */
  start(by: string, candidate: string, scope: ShadowScope): ShadowRunState | undefined {
    const { current } = this;
    if (current !== undefined || this.#isClosed) return current;
    const change = this.#changeOf(candidate);
    if (change === undefined) return undefined;
    const started = new Date(this.#context.now()).toISOString();
    const state: ShadowRunState = {
      id: randomBytes(32).toString('base64url'),
      candidate,
      by,
      started,
      status: 'running',
      messages: NOTHING,
    };
    this.#states = [state, ...this.#states].slice(0, MOST_RUNS);
    this.#abort = new AbortController();
    this.#running = this.#run(state.id, change, scope, this.#abort.signal);
    return state;
  }

  #changeOf(name: string): CandidateChange | undefined {
    const candidates = this.#context.candidates();
    return Object.hasOwn(candidates, name) ? candidates[name] : undefined;
  }

  /** Stops a run. Its report has what was compared until then. */
  stop(id: string): ShadowRunState | undefined {
    if (this.current?.id === id) this.#abort.abort();
    return this.get(id);
  }

  #set(id: string, change: Partial<ShadowRunState>): void {
    this.#states = this.#states.map((state) => (state.id === id ? { ...state, ...change } : state));
  }

  async #run(id: string, change: CandidateChange, scope: ShadowScope, signal: AbortSignal): Promise<void> {
    try {
      const signed = await this.#compare(id, change, scope, signal);
      keepReport(signed, this.#context.folder);
      const { isComplete, findings } = signed.report;
      this.#set(id, { status: isComplete ? 'ended' : 'stopped', messages: findings.messages, isWorse: isWorse(findings), signed });
    } catch (error) {
      // What is wrong with a file of the candidate: an Error that names it, and quotes nothing of a message.
      const reason = error instanceof Error ? error.message : 'failed';
      this.#context.onError(reason);
      this.#set(id, { status: 'failed', reason: reason.slice(0, 1000) });
    }
  }

  async #compare(id: string, change: CandidateChange, scope: ShadowScope, signal: AbortSignal): Promise<SignedReport> {
    const { standards, inForce: inputOf, sealKey, version } = this.#context;
    await using stack = new AsyncDisposableStack();
    const input = inputOf();
    const candidateInput = await candidateOf(input, change, standards);
    const inForce = await openSide(stack, input, this.#context);
    const candidate = await openSide(stack, candidateInput, this.#context);
    const tally = await runShadow({
      standards,
      inForce,
      candidate,
      signal,
      messages: archivedMessages(this.#context, scope, signal),
      onCompared: (_id, _comparison, { messages }) => this.#set(id, { messages }),
    });
    return signReport(
      {
        format: SHADOW_FORMAT,
        gateway: version,
        scope: scopeOfReport('bus', scope),
        isComplete: !signal.aborted,
        inForce: inForce.version,
        candidate: candidate.version,
        findings: tally.findings,
      },
      sealKey(),
    );
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#abort.abort();
    await this.#running;
  }
}
