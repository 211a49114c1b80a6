/** Corrects faults of KafkaJS in its classes, because KafkaJS is no longer developed. */
import Connection from 'kafkajs/src/network/connection.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

interface Queue {
  readonly throttledUntil: number;
  readonly pending: readonly unknown[];
}

/** KafkaJS sets a timer in the past whenever no request is throttled. Node 24 warns of each, and runs it after a millisecond. */
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

/** Each answer begins with its length. */
const LENGTH_BYTES = 4;

/**
 * When a connection breaks during an answer, KafkaJS keeps the part that it has, and treats the next connection's data as the rest. It then
 * throws an error that nobody can catch, or waits for bytes that never come.
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

/** Corrects KafkaJS. Further calls in the same process have no effect. */
export function correctKafkaJs(): void {
  const wire = Connection.prototype as Wire & { [CORRECTED]?: true };
  if (wire[CORRECTED] === true) return;
  wire[CORRECTED] = true;
  correctAnswers(wire);
  correctTimers(RequestQueue.prototype as unknown as { scheduleCheckPendingRequests(this: Queue): void });
}
