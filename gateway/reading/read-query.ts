/** What a reader asks for. */
import type { Profile } from '../labels/profile.ts';
import type { Form } from '../pipeline/give.ts';
import type { Room } from './unread.ts';

/** How one event is read. The form is `reference` if none is named. */
export type EventQuery = Pick<ReadQuery, 'profile' | 'subscription' | 'hasRoom'> & { readonly form?: Form };

export interface ReadQuery {
  readonly limit: number;
  /** So many bytes the records of a page have at the most. One event is always given. */
  readonly bytes?: number;
  /** Asked before an event is given. */
  readonly hasRoom?: Room;
  readonly type?: string;
  readonly subject?: string;
  /** Whether events of the cases that are linked with the subject are asked for too. */
  readonly isLinked?: boolean;
  /** Of the task that the client named. */
  readonly profile?: Profile;
  /** That it is read for. */
  readonly subscription?: string;
}

/** A page as it is made: `subjects` are the subject that was asked for and the cases that are linked with it. */
export interface PageQuery extends ReadQuery {
  readonly subjects?: ReadonlySet<string>;
}
