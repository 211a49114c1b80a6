/** The statement about a report: a compact JWS that says who ran which suite against what, which level was reached, and which report it is about. */
import { createHash } from 'node:crypto';
import { errors, type JWTVerifyGetKey, jwtVerify, SignJWT } from 'jose';
import type { KeyPair } from '../../gateway/keys/keys.ts';
import { asFile, type Report } from './report.ts';

const STATEMENT_TYPE = 'conformance+jwt';

export interface Statement {
  /** The gateway whose key it is signed with. */
  readonly iss: string;
  /** Seconds since 1970. */
  readonly iat: number;
  readonly target: string;
  readonly as: string;
  readonly suite: string;
  /** Of the suite. */
  readonly version: string;
  readonly level: number;
  /** Of the bytes of `report.json`, in hexadecimal. */
  readonly sha256: string;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Signs a report. `issuer` is the gateway's name, `time` milliseconds since 1970. */
export function signStatement(
  report: Report,
  { kid, privateKey }: Pick<KeyPair, 'kid' | 'privateKey'>,
  issuer: string,
  time: number,
): Promise<string> {
  const { target, as, suite, level } = report;
  return new SignJWT({ target, as, suite: suite.id, version: suite.version, level, sha256: sha256(asFile(report)) })
    .setProtectedHeader({ alg: 'EdDSA', typ: STATEMENT_TYPE, kid })
    .setIssuer(issuer)
    .setIssuedAt(Math.floor(time / 1000))
    .sign(privateKey);
}

/** The statement, or why it is not to be believed. `reportText` is what stands in `report.json`. */
export async function verifyStatement(
  jws: string,
  keys: JWTVerifyGetKey,
  reportText: string,
): Promise<Statement | { readonly reason: string }> {
  let statement: Statement;
  try {
    const requiredClaims = ['iss', 'iat', 'target', 'as', 'suite', 'version', 'level', 'sha256'];
    const { payload } = await jwtVerify(jws.trim(), keys, { typ: STATEMENT_TYPE, algorithms: ['EdDSA'], requiredClaims });
    statement = payload as unknown as Statement;
  } catch (error) {
    if (error instanceof errors.JWKSNoMatchingKey) return { reason: 'It is signed with a key that is not among those given' };
    if (error instanceof errors.JOSEError) return { reason: 'The signature does not verify, or it is not a statement' };
    throw error;
  }
  return sha256(reportText) === statement.sha256 ? statement : { reason: 'The report is not the one that was signed' };
}
