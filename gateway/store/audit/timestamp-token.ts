/** Checks tokens of RFC 3161: that a token is for a digest, and that a trusted authority signed it. */
import { createHash } from 'node:crypto';
import { ObjectIdentifier, OctetString, type Sequence } from 'asn1js';
import { type Attribute, Certificate, ContentInfo, SignedData, type SignerInfo, TSTInfo } from 'pkijs';

/** The claims of a valid token. */
export interface Timestamp {
  /** Milliseconds since 1970, by the authority's clock. */
  readonly time: number;
  /** The nonce of the request, in hexadecimal, if it had one. */
  readonly nonce: string | undefined;
}

/** The token is not valid. */
export class TimestampRefused extends Error {
  override readonly name = 'TimestampRefused';
}

/** The token is for another digest. */
export class OtherImprint extends TimestampRefused {}

/** How much the clocks of a gateway and an authority may differ. */
export const CLOCK_MILLISECONDS = 300_000;
export const SHA256 = '2.16.840.1.101.3.4.2.1';
/** Digests that a signer may use, as Node.js names them. */
const DIGESTS: Readonly<Record<string, string>> = {
  [SHA256]: 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};
const TST_INFO = '1.2.840.113549.1.9.16.1.4';
const SIGNED_DATA = '1.2.840.113549.1.7.2';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
/** The attributes that name the signer's certificate (RFC 2634 and RFC 5035). The first uses SHA-1. */
const SIGNING_CERTIFICATE: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.9.16.2.12': 'sha1',
  '1.2.840.113549.1.9.16.2.47': 'sha256',
};

interface Token {
  readonly signed: SignedData;
  readonly info: TSTInfo;
}

/** Reads a token. Throws {@link TimestampRefused} where it is not one. */
function parse(token: Uint8Array): Token {
  try {
    const content = ContentInfo.fromBER(bytesOf(token));
    if (content.contentType !== SIGNED_DATA) throw new Error('no signed data');
    const signed = new SignedData({ schema: content.content });
    const { eContentType, eContent } = signed.encapContentInfo;
    if (eContentType !== TST_INFO || eContent === undefined) throw new Error('no timestamp');
    return { signed, info: TSTInfo.fromBER(eContent.getValue()) };
  } catch {
    throw new TimestampRefused('it is not a token of RFC 3161');
  }
}

const bytesOf = (bytes: Uint8Array): ArrayBuffer => Uint8Array.from(bytes).buffer;

const hex = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString('hex');

const membersOf = (block: unknown): readonly unknown[] => (block as Sequence | undefined)?.valueBlock?.value ?? [];

/** The digest of the signer's certificate, from the signed attributes. */
function signingCertificate(attributes: readonly Attribute[]): { readonly algorithm: string; readonly digest: string } | undefined {
  for (const { type, values } of attributes) {
    const byDefault = SIGNING_CERTIFICATE[type];
    if (byDefault === undefined) continue;
    const [certificate] = membersOf(membersOf(values[0])[0]);
    const [first, second] = membersOf(certificate);
    if (first instanceof OctetString) return { algorithm: byDefault, digest: hex(first.valueBlock.valueHex) };
    const [oid] = membersOf(first);
    const algorithm = oid instanceof ObjectIdentifier ? DIGESTS[oid.valueBlock.toString()] : undefined;
    if (algorithm !== undefined && second instanceof OctetString) return { algorithm, digest: hex(second.valueBlock.valueHex) };
  }
  return undefined;
}

/** Whether a certificate is for timestamps and for nothing else (RFC 3161, 2.3). */
function isForTimestamps({ extensions = [] }: Certificate): boolean {
  const usage = extensions.find(({ extnID }) => extnID === EXTENDED_KEY_USAGE);
  if (usage?.critical !== true) return false;
  const purposes = (usage.parsedValue as { readonly keyPurposes?: readonly string[] } | undefined)?.keyPurposes ?? [];
  return purposes.length === 1 && purposes[0] === TIME_STAMPING;
}

/** Checks who signed a token. Throws {@link TimestampRefused}. */
async function checkSigner({ signed, info }: Token, trusted: readonly Certificate[]): Promise<void> {
  const [signer, second] = signed.signerInfos as readonly (SignerInfo | undefined)[];
  if (signer === undefined || second !== undefined) throw new TimestampRefused('it does not have one signature');
  if (DIGESTS[signer.digestAlgorithm.algorithmId] === undefined) throw new TimestampRefused('its signature has a digest that is not safe');
  // An authority need not send its root certificate.
  signed.certificates = [...(signed.certificates ?? []), ...trusted];
  // For a timestamp, pkijs would need the stamped data to compute its digest. The digest is compared already.
  signed.encapContentInfo.eContentType = SignedData.ID_DATA;
  const result = await signed
    .verify({ signer: 0, trustedCerts: [...trusted], checkDate: info.genTime, checkChain: true, extendedMode: true })
    .catch((error: { readonly code?: number }) => {
      throw new TimestampRefused(CHAIN_CODES.has(error.code ?? 0) ? 'no trusted authority signed it' : 'its signature does not verify');
    });
  if (result.signatureVerified !== true) throw new TimestampRefused('its signature does not verify');
  const { signerCertificate: certificate } = result;
  if (certificate == null || !isForTimestamps(certificate)) throw new TimestampRefused('its certificate is not one for timestamps');
  const meant = signingCertificate(signer.signedAttrs?.attributes ?? []);
  const der = Buffer.from(certificate.toSchema().toBER());
  if (meant === undefined || createHash(meant.algorithm).update(der).digest('hex') !== meant.digest)
    throw new TimestampRefused('it does not name the certificate that it was signed with');
}

/** The codes of pkijs for a missing signer's certificate, or for a missing path from it to a trusted one. */
const CHAIN_CODES: ReadonlySet<number> = new Set([2, 3, 5]);

/**
 * Checks that a token is for a SHA-256 digest and, where certificates are given, that one of them certifies its signer. A certificate must
 * have been valid at the time of the token, not now. Rejects with {@link TimestampRefused}.
 */
export async function checkToken(token: Uint8Array, digest: Buffer, trusted?: readonly Certificate[]): Promise<Timestamp> {
  const parsed = parse(token);
  const { messageImprint, genTime, nonce } = parsed.info;
  const imprint = Buffer.from(messageImprint.hashedMessage.valueBlock.valueHex);
  if (messageImprint.hashAlgorithm.algorithmId !== SHA256 || !imprint.equals(digest)) throw new OtherImprint('it is of something else');
  if (trusted !== undefined) await checkSigner(parsed, trusted);
  return { time: genTime.getTime(), nonce: nonce === undefined ? undefined : hex(nonce.valueBlock.valueHex) };
}

const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

/** The certificates of a PEM file. Throws an Error where one cannot be read, or there is none. */
export function readCertificates(pem: string): readonly Certificate[] {
  const certificates = [...pem.matchAll(PEM)].map(([, base64 = '']) => Certificate.fromBER(bytesOf(Buffer.from(base64, 'base64'))));
  if (certificates.length === 0) throw new Error('there is no certificate');
  return certificates;
}
