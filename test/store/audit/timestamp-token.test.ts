/** T51: checks of RFC 3161 tokens and of an authority’s answers, with a real authority made with OpenSSL. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openCertificates } from '../../../gateway/store/audit/open-evidence.ts';
import { requestToken } from '../../../gateway/store/audit/timestamp-request.ts';
import { checkToken } from '../../../gateway/store/audit/timestamp-token.ts';
import { temporary } from '../../support/gateway.ts';
import { type Authority, AuthorityKeys, openAuthority } from '../../support/timestamp-authority.ts';

const place = temporary();
let wessex: AuthorityKeys;
let mercia: AuthorityKeys;
beforeAll(() => {
  wessex = new AuthorityKeys(join(place, 'wessex'), 'Wessex');
  mercia = new AuthorityKeys(join(place, 'mercia'), 'Mercia');
}, 60_000);
afterAll(() => rmSync(place, { recursive: true, force: true }));

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const trusted = (keys = wessex) => openCertificates(keys.rootFile);

describe('T51 a timestamp token', () => {
  const digest = digestOf('a signed head');
  it('for the digest, from a trusted authority, is accepted with its time', async () => {
    const before = Date.now();
    const { time } = await checkToken(wessex.token(digest), digest, trusted());
    expect(time).toBeGreaterThanOrEqual(before - 1000);
    expect(time).toBeLessThanOrEqual(Date.now() + 1000);
    expect(await checkToken(wessex.token(digest), digest, [...trusted(mercia), ...trusted()])).toMatchObject({ time: expect.any(Number) });
  });
  it.each([
    ['of another digest', () => wessex.token(digestOf('another head')), /is of something else/],
    ['of another authority', () => mercia.token(digest), /no trusted authority signed it/],
    ['of a certificate for something else', () => wessex.signAgain(wessex.token(digest), 'other'), /not one for timestamps/],
    ['of a certificate that is not only for timestamps', () => wessex.signAgain(wessex.token(digest), 'several'), /not one for timestamps/],
    ['of a certificate whose use may be overlooked', () => wessex.signAgain(wessex.token(digest), 'uncritical'), /not one for timestamps/],
    ['of a certificate that had expired', () => wessex.signAgain(wessex.token(digest), 'expired'), /no trusted authority signed it/],
    ['with a digest that is not safe', () => wessex.signAgain(wessex.token(digest), 'stamping', ['-cades', '-md', 'sha1']), /not safe/],
    [
      'that does not name its certificate',
      () => wessex.signAgain(wessex.token(digest), 'stamping', ['-md', 'sha256']),
      /does not name the certificate/,
    ],
    ['that is cut short', () => wessex.token(digest).subarray(0, 900), /not a token of RFC 3161/],
    ['that is nested without end', () => Buffer.from('3080'.repeat(16_000), 'hex'), /not a token of RFC 3161/],
  ] as const)('%s is refused', async (_, make, reason) => {
    await expect(checkToken(make(), digest, trusted())).rejects.toThrow(reason);
  });
  it('with a changed time or signature is refused', async () => {
    const token = wessex.token(digest);
    const year = token.indexOf(Buffer.from(String(new Date().getUTCFullYear())));
    const earlier = Buffer.from(token);
    earlier.write('2001', year);
    await expect(checkToken(earlier, digest, trusted())).rejects.toThrow(/signature does not verify|no trusted authority/);
    const last = Buffer.from(token);
    last[last.length - 1] = (last.at(-1) ?? 0) ^ 1;
    await expect(checkToken(last, digest, trusted())).rejects.toThrow(/signature does not verify/);
  });
});

describe('T51 a timestamp authority', () => {
  const digest = digestOf('a signed head');
  let authority: Authority;
  beforeEach(async () => {
    authority = await openAuthority(wessex);
  });
  afterEach(() => authority.close());
  const ask = (url = authority.url) =>
    requestToken({ url, certificates: trusted(), milliseconds: 500 }, digest, new AbortController().signal);

  it('is asked for a token of the digest', async () => {
    const { token, time } = await ask();
    expect(await checkToken(token, digest, trusted())).toMatchObject({ time });
  });
  it.each<[string, (keys: { wessex: AuthorityKeys; mercia: AuthorityKeys }) => Authority['answer'], RegExp]>([
    ['fails', () => (_, response) => response.writeHead(500).end(), /answers 500/],
    ['redirects', () => (_, response) => response.writeHead(302, { Location: 'http://127.0.0.1:1/' }).end(), /does not answer/],
    ['sends a page', () => (_, response) => response.end('<html>Sign in</html>'), /is not a timestamp response/],
    ['sends nothing', () => (_, response) => response.end(), /is not a timestamp response/],
    [
      'sends more than a timestamp has',
      () => (_, response) => response.end(Buffer.alloc(200_000, 0x30)),
      /sends more than a timestamp has/,
    ],
    [
      'sends without an end',
      () => (_, response) => {
        const more = () => void (response.destroyed || response.write(Buffer.alloc(16_384, 0x30), more));
        more();
      },
      /sends more than a timestamp has/,
    ],
    ['does not answer', () => () => undefined, /does not answer \(TimeoutError\)/],
    [
      'answers one byte and then no more',
      () => (_, response) => void response.writeHead(200, { 'Content-Length': '1000' }).write('0'),
      /does not answer \(TimeoutError\)/,
    ],
    [
      'refuses the request',
      (keys) => (_, response) => response.end(keys.wessex.reply(Buffer.from('300302010a', 'hex'))),
      /grants no timestamp \(status 2\)/,
    ],
    ['is another one', (keys) => (request, response) => response.end(keys.mercia.reply(request)), /no trusted authority signed it/],
    [
      'answers what was not asked for',
      (keys) => (request, response) => {
        const at = request.indexOf(digest);
        response.end(keys.wessex.reply(Buffer.concat([request.subarray(0, at), digestOf('another'), request.subarray(at + 32)])));
      },
      /is of something else/,
    ],
    [
      'answers with an earlier answer',
      (keys) => {
        let first: Buffer | undefined;
        return (request, response) => {
          first ??= keys.wessex.reply(request);
          response.end(first);
        };
      },
      /answers another request/,
    ],
  ])('that %s gives no timestamp', async (name, make, reason) => {
    authority.answer = make({ wessex, mercia });
    if (name === 'answers with an earlier answer') await ask();
    await expect(ask()).rejects.toThrow(reason);
  });
  it('that is unreachable gives no timestamp', async () => {
    await expect(ask('http://127.0.0.1:1/tsr')).rejects.toThrow(/does not answer \(ECONNREFUSED\)|does not answer/);
  });
});
