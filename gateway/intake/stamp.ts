/** Stamps messages with their time and order of arrival. */
import type { Submission } from '../pipeline/submission.ts';

/** A clock whose texts grow with every call: 16 digits of microseconds. */
export function makeStamp(now: () => number): () => Submission['stamp'] {
  let last = 0;
  return () => {
    const milliseconds = now();
    last = Math.max(last + 1, milliseconds * 1000);
    return { recordedtime: new Date(milliseconds).toISOString(), sequence: String(last).padStart(16, '0') };
  };
}
