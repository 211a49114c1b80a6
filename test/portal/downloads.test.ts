/** The downloads of the portal, each opened with the usual program for it. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { offeredPackages } from '../../gateway/packages.ts';
import { tarball } from '../../gateway/portal/downloads/tar.ts';
import { allOperations, openGateway, type TestGateway } from '../support/gateway.ts';
import { standards } from '../support/rules-in-force.ts';

let gateway: TestGateway;
const folder = mkdtempSync(join(tmpdir(), 'downloads-'));
beforeAll(async () => {
  gateway = await openGateway({ config: { sandbox: { cases: 0, seed: 1 } } });
});
afterAll(async () => {
  await gateway.close();
  rmSync(folder, { recursive: true });
});

const download = async (path: string) => {
  const response = await fetch(gateway.url + path);
  expect([path, response.status]).toEqual([path, 200]);
  return Buffer.from(await response.arrayBuffer());
};

describe('a download', () => {
  it('of all schemas is one archive, with each schema as published', async () => {
    const file = join(folder, 'schemas.zip');
    writeFileSync(file, await download('/downloads/schemas.zip'));
    // Python checks the sums of what it reads.
    execFileSync('python3', ['-m', 'zipfile', '-t', file]);
    execFileSync('python3', ['-m', 'zipfile', '-e', file, join(folder, 'schemas')]);
    for (const [path, document] of standards.files)
      if (path !== document.$id) expect(JSON.parse(readFileSync(join(folder, 'schemas', path), 'utf8'))).toEqual(document);
    expect(JSON.parse(readFileSync(join(folder, 'schemas/versions/events/case.registered/1.0.0.json'), 'utf8'))).toHaveProperty('$id');
  });
  it('for Postman has every operation of the contract, at this gateway', async () => {
    const collection = JSON.parse((await download('/downloads/justice-interchange.postman_collection.json')).toString()) as {
      info: { schema: string };
      variable: { key: string; value: string }[];
      item: { item: { request: { method: string; url: { raw: string }; header: { key: string }[]; body?: { raw: string } } }[] }[];
    };
    const requests = collection.item.flatMap(({ item }) => item.map(({ request }) => request));
    expect(collection.info.schema).toContain('/v2.1.0/');
    expect(collection.variable).toContainEqual({ key: 'url', value: gateway.url });
    expect(requests.map(({ method }) => method.toLowerCase()).sort()).toEqual(allOperations.map(({ method }) => method).sort());
    const submission = requests.find(({ method, url }) => method === 'POST' && url.raw === '{{url}}/v1/events');
    expect(submission?.header.map(({ key }) => key)).toEqual(['Authorization', 'Content-Type']);
    expect(requests.find(({ url }) => url.raw === '{{url}}/oauth2/token')?.body?.raw).toContain('grant_type=client_credentials');
  });
  it('for editors has requests that can be sent unchanged', async () => {
    const blocks = (await download('/downloads/justice-interchange.http')).toString().split(/^### .*$/m);
    expect(blocks.length - 1).toBe(allOperations.length);
    const [, ...requests] = blocks;
    const asks = requests.map((block) => block.trim()).find((block) => block.includes('/oauth2/token')) ?? '';
    const [head = '', body = ''] = asks.split('\n\n');
    const [line = '', ...headers] = head.split('\n');
    const [method = '', address = ''] = line.split(' ');
    const answer = await fetch(address.replace('{{url}}', gateway.url), {
      method,
      headers: Object.fromEntries(headers.map((header) => header.split(': ') as [string, string])),
      body,
    });
    expect(answer.status).toBe(200);
  });
  it('with an unknown name is not found', async () => {
    expect((await fetch(`${gateway.url}/downloads/..%2fpackage.json`)).status).toBe(404);
  });
});

describe('a package', () => {
  it('is an archive that npm and tar can unpack, even with long paths', () => {
    const home = join(folder, 'home');
    const long = `${'folder-of-a-long-name/'.repeat(6)}file.js`;
    mkdirSync(join(home, '.build/client', long, '..'), { recursive: true });
    const manifest = {
      name: '@justice-interchange/client',
      version: '9.9.9',
      description: 'A package',
      type: 'module',
      exports: './index.js',
    };
    writeFileSync(join(home, '.build/client/package.json'), JSON.stringify(manifest));
    writeFileSync(join(home, '.build/client/index.js'), 'export const answer = 42;\n');
    writeFileSync(join(home, '.build/client', long), 'long');
    const [offered, ...more] = offeredPackages(home);
    expect([offered?.file, more]).toEqual(['justice-interchange-client-9.9.9.tgz', []]);
    const file = join(folder, 'client.tgz');
    writeFileSync(file, offered?.archive() ?? '');
    expect(execFileSync('tar', ['-tzf', file], { encoding: 'utf8' }).trim().split('\n')).toContain(`package/${long}`);
    const to = join(folder, 'installed');
    mkdirSync(to);
    writeFileSync(join(to, 'package.json'), '{"private":true,"type":"module"}');
    execFileSync('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--offline', file], { cwd: to });
    const program = "import { answer } from '@justice-interchange/client'; console.log(answer)";
    expect(execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: to, encoding: 'utf8' }).trim()).toBe('42');
  });
  it('refuses a path that the format cannot hold', () => {
    expect(() => tarball([['a'.repeat(300), new Uint8Array()]])).toThrow('too long');
  });
  it('is offered only after a build', () => {
    expect(offeredPackages(join(folder, 'nothing'))).toEqual([]);
  });
});
