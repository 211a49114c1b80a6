/** The queries of readers. */
import type { Profile } from '../labels/profile.ts';
import type { Form } from '../pipeline/write-delivery.ts';
import type { Room } from './unread.ts';

/** How to read one event. The default form is `reference`. */
export interface EventQuery extends Pick<ReadQuery, 'profile' | 'subscription' | 'hasRoom' | 'form'> {
  /** The code of the reason of a person who opens the event: the audit log then has a consultation too. */
  readonly reason?: string | undefined;
}

export interface ReadQuery {
  readonly limit: number;
  /** The most bytes of records on a page. A page always has at least one event. */
  readonly bytes?: number;
  /** Called before an event is delivered. */
  readonly hasRoom?: Room;
  readonly type?: string;
  readonly subject?: string;
  /** Whether the query includes events of the cases that are linked with the subject. */
  readonly isLinked?: boolean;
  /** The profile of the task that the client named. */
  readonly profile?: Profile;
  /** How the events are written. Default: `reference`. */
  readonly form?: Form;
  /** Ends the page early: nobody waits for it any more. */
  readonly signal?: AbortSignal;
  /** The subscription that the page is for. */
  readonly subscription?: string;
}

/** The query of a page, with its linked cases: `subjects` holds the subject of the query and the cases linked with it. */
export interface PageQuery extends ReadQuery {
  readonly subjects?: ReadonlySet<string>;
}
