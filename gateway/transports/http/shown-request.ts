/** A request that a second person must approve, as the API shows it. */

interface Request {
  readonly id: string;
  readonly sha256: string;
  readonly policy: string;
  readonly because: string;
  readonly by: string;
  readonly time: string;
  readonly expires: string;
}

interface Approval {
  readonly by: string;
  readonly time: string;
}

/** What requests of every kind show. The person who asked or approved is not shown: only the client is. */
export const shownRequest = ({ id, sha256, policy, because, by, time, expires }: Request, approval: Approval | undefined) => ({
  id,
  sha256,
  policy,
  because,
  by,
  time,
  expires,
  ...(approval === undefined ? {} : { approval: { by: approval.by, time: approval.time } }),
});
