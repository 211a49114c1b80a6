/** T36: the addresses to which events may be sent. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAllowed, networkOf, targetOf } from '../../gateway/subscriptions/target.ts';

const PUBLIC = async () => [{ address: '93.184.216.34', family: 4 }];

describe('an address', () => {
  const networks = [networkOf('10.20.0.0/16'), networkOf('fd12:3456::/32')];
  it.each([
    ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.0.0.1', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '224.0.0.1'],
    ...['255.255.255.255', '192.0.2.1', '198.18.0.1', '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'ff02::1', '2001:db8::1'],
    ...['::ffff:127.0.0.1', '::ffff:10.0.0.1', '64:ff9b::7f00:1', '2002:7f00:1::', 'not an address', ''],
  ])('%s is not on a public network', (address) => expect(isAllowed(address, [])).toBe(false));
  it.each(['93.184.216.34', '8.8.8.8', '2606:2800:220:1:248:1893:25c8:1946', '::ffff:8.8.8.8'])('%s is on a public network', (address) =>
    expect(isAllowed(address, [])).toBe(true),
  );
  it('of a network that the operator names is allowed, and the next address is not', () => {
    expect(isAllowed('10.20.3.4', networks)).toBe(true);
    expect(isAllowed('::ffff:10.20.3.4', networks)).toBe(true);
    expect(isAllowed('10.21.3.4', networks)).toBe(false);
    expect(isAllowed('fd12:3456::9', networks)).toBe(true);
    expect(isAllowed('fd12:3457::9', networks)).toBe(false);
  });
  it('in 127.0.0.0/8 is refused in any spelling', async () => {
    const written = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)).chain(([b, c, d]) => {
      const number = ((127 << 24) | (b << 16) | (c << 8) | d) >>> 0;
      return fc.constantFrom(
        `127.${b}.${c}.${d}`,
        String(number),
        `0x${number.toString(16)}`,
        `0177.${b}.${c}.${d}`,
        `[::ffff:127.${b}.${c}.${d}]`,
      );
    });
    await fc.assert(
      fc.asyncProperty(written, async (host) => {
        expect((await targetOf(`https://${host}/`, [], PUBLIC)).ok).toBe(false);
      }),
    );
  });
});

describe('T36 a webhook target is checked after its name is resolved: its address', () => {
  it('is the address that the check found', async () => {
    expect(await targetOf('https://supplier.example/in?x=1', [], PUBLIC)).toMatchObject({ ok: true, address: '93.184.216.34' });
  });
  it('is refused when one of several addresses of its name is not allowed', async () => {
    const both = async () => [
      { address: '93.184.216.34', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ];
    expect(await targetOf('https://supplier.example/', [], both)).toMatchObject({ ok: false });
  });
  it('is refused when its name is unknown or has no address', async () => {
    expect(await targetOf('https://supplier.example/', [], async () => [])).toMatchObject({ ok: false });
    const unknown = () => Promise.reject(new Error('ENOTFOUND'));
    expect(await targetOf('https://supplier.example/', [], unknown)).toEqual(
      await targetOf('https://supplier.example/', [], async () => [{ address: '10.0.0.1', family: 4 }]),
    );
  });
  it.each([
    'http://supplier.example/',
    'ftp://supplier.example/',
    'file:///etc/passwd',
    'https://user:password@supplier.example/',
    'https://supplier.example/#part',
    'supplier.example',
    'javascript:alert(1)',
  ])('%s is refused', async (url) => expect((await targetOf(url, [networkOf('93.184.216.0/24')], PUBLIC)).ok).toBe(false));
  it('may be plain http on this machine, where that is allowed', async () => {
    expect((await targetOf('http://127.0.0.1:3000/', [networkOf('127.0.0.0/8')])).ok).toBe(true);
    expect((await targetOf('http://127.0.0.1:3000/', [])).ok).toBe(false);
  });
  it('that is not a network in CIDR notation stops the start', () => expect(() => networkOf('10.0.0.0')).toThrow('/webhooks/networks'));
});
