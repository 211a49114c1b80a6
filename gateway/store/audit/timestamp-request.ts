/** Asks a timestamp authority for a token, over HTTP (RFC 3161, 3.4), bounded in time and size. */
import { randomBytes } from 'node:crypto';
import { fromBER, Integer, OctetString, type Sequence } from 'asn1js';
import { AlgorithmIdentifier, type Certificate, MessageImprint, PKIStatusInfo, TimeStampReq } from 'pkijs';
import { bytesUpTo, failureOf } from '../../bounded-body.ts';
import { checkToken, SHA256, type Timestamp } from './timestamp-token.ts';

/** The authority cannot be reached, or its answer is not valid. */
export class AuthorityUnavailable extends Error {
  override readonly name = 'AuthorityUnavailable';
}

/** An authority and its certificates. */
export interface TimestampAuthority {
  readonly url: string;
  readonly certificates: readonly Certificate[];
  /** How long the authority may take to answer. Default: ten seconds. */
  readonly milliseconds?: number;
}

const PATIENCE_MILLISECONDS = 10_000;
/** A token with the certificates of its authority has 2 to 8 kB. */
const MOST_BYTES = 64 * 1024;
const NONCE_BYTES = 8;

const copyOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

function requestFor(digest: Buffer, nonce: Uint8Array): Uint8Array<ArrayBuffer> {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA256 }),
      hashedMessage: new OctetString({ valueHex: copyOf(digest) }),
    }),
    nonce: new Integer({ valueHex: copyOf(nonce) }),
    certReq: true,
  });
  return new Uint8Array(request.toSchema().toBER());
}

/** Sets the first byte so that the number is positive without a leading zero byte. */
function makeNonce(): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  nonce[0] = ((nonce[0] ?? 0) & 0x3f) | 0x40;
  return nonce;
}

async function ask(url: string, request: Uint8Array<ArrayBuffer>, milliseconds: number, stopping: AbortSignal): Promise<Uint8Array> {
  // Aborts the body of the answer too.
  const leaving = new AbortController();
  const signal = AbortSignal.any([leaving.signal, stopping, AbortSignal.timeout(milliseconds)]);
  try {
    const headers = { 'Content-Type': 'application/timestamp-query', Accept: 'application/timestamp-reply' };
    const response = await fetch(url, { method: 'POST', headers, body: request, redirect: 'error', signal });
    if (response.status !== 200) throw new AuthorityUnavailable(`answers ${response.status}`);
    const answer = await bytesUpTo(response.body, MOST_BYTES);
    if (answer === undefined) throw new AuthorityUnavailable('sends more than a timestamp has');
    return answer;
  } catch (error) {
    if (error instanceof AuthorityUnavailable) throw error;
    throw new AuthorityUnavailable(`does not answer (${failureOf(error) ?? (error as Error).name})`);
  } finally {
    leaving.abort();
  }
}

/** The token in an answer, with its bytes unchanged. */
function tokenOf(answer: Uint8Array): Uint8Array {
  let members: readonly { readonly valueBeforeDecodeView: Uint8Array }[];
  let status: number;
  try {
    members = (fromBER(copyOf(answer)).result as Sequence).valueBlock.value;
    status = PKIStatusInfo.fromBER(copyOf((members[0] as (typeof members)[0]).valueBeforeDecodeView)).status;
  } catch {
    throw new AuthorityUnavailable('sends something that is not a timestamp response');
  }
  const token = members[1]?.valueBeforeDecodeView;
  // Granted, or granted with changes (RFC 3161, 2.4.2).
  if ((status !== 0 && status !== 1) || token === undefined) throw new AuthorityUnavailable(`grants no timestamp (status ${status})`);
  return token;
}

/** Gets a token of a SHA-256 digest, and checks it. Rejects with {@link AuthorityUnavailable} or TimestampRefused. */
export async function requestToken(
  { url, certificates, milliseconds = PATIENCE_MILLISECONDS }: TimestampAuthority,
  digest: Buffer,
  stopping: AbortSignal,
): Promise<Timestamp & { readonly token: Uint8Array }> {
  const nonce = makeNonce();
  const token = tokenOf(await ask(url, requestFor(digest, nonce), milliseconds, stopping));
  const timestamp = await checkToken(token, digest, certificates);
  if (timestamp.nonce !== Buffer.from(nonce).toString('hex')) throw new AuthorityUnavailable('answers another request');
  return { ...timestamp, token };
}
