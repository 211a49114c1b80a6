/** Faults of KafkaJS, which is not developed further, corrected in its classes: it has no other place for that. */
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

interface Queue {
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
}

/** KafkaJS asks for a timer in the past whenever nothing is throttled: Node 24 warns of each, and makes it a timer of a millisecond. */
function correctTimers(queue: { scheduleCheckPendingRequests(this: Queue): void }): void {
  const schedule = queue.scheduleCheckPendingRequests;
  queue.scheduleCheckPendingRequests = function (this: Queue) {
    if (this.pending.length > 0 || this.throttledUntil > Date.now()) schedule.call(this);
  };
}

interface Wire {
  chunks: readonly Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  readonly socket?: { destroy(error: Error): void };
  isConnected(): boolean;
  connect(): Promise<unknown>;
  processData(data: Buffer): void;
}

/** Before each answer stands its length. */
const LENGTH_BYTES = 4;

/**
 * KafkaJS keeps the part of an answer that came before a connection broke, and takes it for the beginning of what comes on the next one:
 * whatever it then makes of that, it throws where nobody can catch it, or waits for bytes that never come.
 */
function correctAnswers(wire: Wire): void {
  const { connect, processData } = wire;
  wire.connect = function (this: Wire) {
    if (!this.isConnected()) Object.assign(this, { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES });
    return connect.call(this);
  };
  wire.processData = function (this: Wire, data: Buffer) {
    try {
      processData.call(this, data);
    } catch (error) {
      this.socket?.destroy(error as Error);
    }
  };
}

const CORRECTED = Symbol('corrected');

/** Corrects KafkaJS, once in a process. */
export function correctKafkaJs(): void {
  const wire = Connection.prototype as Wire & { [CORRECTED]?: true };
  if (wire[CORRECTED] === true) return;
  wire[CORRECTED] = true;
  correctAnswers(wire);
  correctTimers(RequestQueue.prototype as unknown as { scheduleCheckPendingRequests(this: Queue): void });
}
