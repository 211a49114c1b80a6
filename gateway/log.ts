/** The log for operators: JSON lines on stderr, safe for a terminal (T73). */
import { type DestinationStream, type Logger, pino } from 'pino';
import { safeJson } from './terminal.ts';

export const openLog = (level: string, to: DestinationStream = pino.destination({ fd: 2, sync: false })): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, hooks: { streamWrite: safeJson } }, to);
