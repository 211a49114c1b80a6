/** A certificate authority for one test, and its certificate for this machine, made with openssl. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
CN = authority
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
[server]
basicConstraints = CA:false
subjectAltName = DNS:localhost, IP:127.0.0.1
`;

export class Certificates {
  /** PEM files. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;

  constructor(folder: string) {
    mkdirSync(folder, { recursive: true });
    [this.authority = '', this.certificate = '', this.key = ''] = ['root.pem', 'server.pem', 'server.key'].map((name) =>
      join(folder, name),
    );
    writeFileSync(join(folder, 'openssl.cnf'), CONFIG);
    const openssl = (words: string) => execFileSync('openssl', words.split(' '), { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const newKey = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
    openssl(`req -config openssl.cnf -x509 ${newKey} -days 30 -extensions root -subj /CN=root -keyout root.key -out root.pem`);
    openssl(`req -config openssl.cnf -new ${newKey} -subj /CN=localhost -keyout server.key -out server.csr`);
    openssl(
      'x509 -req -CA root.pem -CAkey root.key -CAcreateserial -extfile openssl.cnf -extensions server -days 30 -in server.csr -out server.pem',
    );
  }
}
