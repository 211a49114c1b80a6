/** Cuts what a broker sends into frames, and lets only those through that rhea can read within bounds: it believes every size and count. */
import { checkValue, Malformed, readValue } from './encoding.ts';

/** The largest frame that the gateway says it takes. */
export const MOST_FRAME_BYTES = 64 * 1024;

const [HEADER_BYTES, LEAST_FRAME_BYTES] = [8, 8];
const PROTOCOL = Buffer.from('AMQP');

export class FrameGuard {
  #rest: Buffer = Buffer.alloc(0);

  /** Calls `pass` with each complete frame, and each protocol header. Throws {@link Malformed}. */
  push(chunk: Buffer, pass: (frame: Buffer) => void): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let offset = 0;
    while (bytes.length - offset >= 4) {
      const isHeader = PROTOCOL.equals(bytes.subarray(offset, offset + 4));
      const size = isHeader ? HEADER_BYTES : bytes.readUInt32BE(offset);
      if (size < LEAST_FRAME_BYTES || size > MOST_FRAME_BYTES) throw new Malformed();
      if (bytes.length - offset < size) break;
      const frame = bytes.subarray(offset, offset + size);
      if (!isHeader) checkFrame(frame);
      offset += size;
      pass(frame);
    }
    this.#rest = bytes.subarray(offset);
  }
}

/** The fifth byte of a frame says how many words its header has. A frame without more is a heartbeat. */
function checkFrame(frame: Buffer): void {
  const start = frame.readUInt8(4) * 4;
  if (start < LEAST_FRAME_BYTES || start > frame.length) throw new Malformed();
  if (start === frame.length) return;
  const performative = readValue(frame, start);
  if (!('descriptor' in performative)) throw new Malformed();
  checkValue(frame, performative);
}
