/** The rows of the threat list without a test. A row leaves this file when its test is written. */
import { describe, it } from 'vitest';

describe('not shown yet', () => {
  it.todo('T45 the low side of the guard sees no content, count or timing of the high side');
});
