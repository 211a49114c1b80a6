/** The log for operators: JSON lines on stderr. */
import { type DestinationStream, type Logger, pino } from 'pino';

export const openLog = (level: string, to: DestinationStream = pino.destination({ fd: 2, sync: false })): Logger =>
  pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, to);
