/** A timestamp authority (RFC 3161) made with OpenSSL: a root, a certificate, and an HTTP server that answers as a test decides. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const openssl = (folder: string, ...words: string[]): Buffer =>
  execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
CN = authority
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[stamping]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[uncritical]
basicConstraints = critical, CA:false
extendedKeyUsage = timeStamping
[expired]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping
[several]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, timeStamping, serverAuth
[other]
basicConstraints = critical, CA:false
extendedKeyUsage = critical, serverAuth
[tsa]
default_tsa = own
[own]
serial = serial
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
clock_precision_digits = 3
ess_cert_id_alg = sha256
`;

/** The certificates of an authority: a valid certificate, and a certificate for each fault that it can have. */
const KINDS = { stamping: '365', expired: '-1', several: '365', uncritical: '365', other: '365' } as const;
export type Kind = keyof typeof KINDS;

/** The keys of an authority, in a folder. */
export class AuthorityKeys {
  readonly folder: string;
  /** The root, as PEM. */
  readonly rootFile: string;

  constructor(folder: string, name: string) {
    this.folder = folder;
    this.rootFile = join(folder, 'root.pem');
    mkdirSync(folder);
    writeFileSync(join(folder, 'openssl.cnf'), CONFIG);
    writeFileSync(join(folder, 'serial'), '01\n');
    openssl(
      folder,
      ...'req -config openssl.cnf -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -extensions root'.split(' '),
      ...['-subj', `/CN=${name} root`, '-keyout', 'root.key', '-out', 'root.pem'],
    );
    for (const [kind, days] of Object.entries(KINDS)) this.#issue(kind, days, name);
  }

  #issue(kind: string, days: string, name: string): void {
    openssl(
      this.folder,
      ...'req -config openssl.cnf -new -newkey rsa:2048 -nodes'.split(' '),
      ...['-subj', `/CN=${name} ${kind}`, '-keyout', `${kind}.key`, '-out', `${kind}.csr`],
    );
    openssl(
      this.folder,
      ...'x509 -req -CA root.pem -CAkey root.key -CAcreateserial -extfile openssl.cnf'.split(' '),
      ...['-extensions', kind, '-days', days, '-in', `${kind}.csr`, '-out', `${kind}.pem`],
    );
  }

  /** Answers a request, as `openssl ts -reply` does. */
  reply(request: Uint8Array): Buffer {
    writeFileSync(join(this.folder, 'request.tsq'), request);
    const files = ['-signer', 'stamping.pem', '-inkey', 'stamping.key', '-chain', 'root.pem'];
    return openssl(this.folder, ...'ts -reply -config openssl.cnf -queryfile request.tsq'.split(' '), ...files);
  }

  /** A token for a digest. */
  token(digest: Uint8Array): Buffer {
    const query = openssl(this.folder, 'ts', '-query', '-sha256', '-cert', '-digest', Buffer.from(digest).toString('hex'));
    writeFileSync(join(this.folder, 'response.tsr'), this.reply(query));
    return openssl(this.folder, ...'ts -reply -in response.tsr -token_out'.split(' '));
  }

  /** The content of another token, signed again with a certificate of a kind. OpenSSL signs no timestamp with an invalid certificate. */
  signAgain(token: Uint8Array, kind: Kind, more: readonly string[] = ['-cades', '-md', 'sha256']): Buffer {
    writeFileSync(join(this.folder, 'token.der'), token);
    openssl(this.folder, ...'cms -verify -noverify -inform DER -in token.der -out content.der'.split(' '));
    const words = 'cms -sign -nodetach -binary -econtent_type 1.2.840.113549.1.9.16.1.4 -in content.der -outform DER'.split(' ');
    return openssl(this.folder, ...words, ...['-signer', `${kind}.pem`, '-inkey', `${kind}.key`, ...more]);
  }
}

export interface Authority {
  readonly url: string;
  readonly requests: number;
  /** What it answers to the requests from now on. */
  answer: (request: Buffer, response: ServerResponse) => void;
  close(): Promise<void>;
}

/** Serves an authority over HTTP. */
export async function openAuthority(keys: AuthorityKeys): Promise<Authority> {
  let requests = 0;
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests++;
      authority.answer(Buffer.concat(chunks), response);
    });
  });
  const authority = {
    url: '',
    get requests() {
      return requests;
    },
    answer: (request: Buffer, response: ServerResponse): void => {
      response.writeHead(200, { 'Content-Type': 'application/timestamp-reply' }).end(keys.reply(request));
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  authority.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsr`;
  return authority;
}
