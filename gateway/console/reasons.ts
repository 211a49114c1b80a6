/** Why a person opens the content of a message: asked once for each message and session, and in the audit log with each view. */
import type { components } from '../../contracts/generated/openapi.d.ts';
import type { Session } from './session.ts';

export type ReasonToRead = components['parameters']['Reason'];

/** Why a person opens the content of a message. The audit log records the code. */
export const REASONS_TO_READ = {
  repair: 'To repair the message',
  enquiry: 'To answer its sender or its reader',
  incident: 'To look into an incident',
  'subject-access': 'To answer a request of the person it is about',
  audit: 'To audit the work of others',
} as const satisfies Readonly<Record<ReasonToRead, string>>;
export const isReasonToRead = (value: unknown): value is ReasonToRead => typeof value === 'string' && Object.hasOwn(REASONS_TO_READ, value);

/** How many messages a session remembers: it is a cookie. */
const MOST_OPENED = 8;
const SHORT = 12;

/** The reason that the person gave for a message, in this session. */
export function reasonFor({ opened = [] }: Session, id: string): ReasonToRead | undefined {
  const reason = opened.find((entry) => entry.id === id.slice(0, SHORT))?.reason;
  return isReasonToRead(reason) ? reason : undefined;
}

/** The session with one more message that the person opened. */
export function withOpened(session: Session, id: string, reason: string): Session {
  const others = (session.opened ?? []).filter((entry) => entry.id !== id.slice(0, SHORT));
  return { ...session, opened: [...others, { id: id.slice(0, SHORT), reason }].slice(-MOST_OPENED) };
}
