/** Certificates of an invented authority, made with openssl. */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Certificate {
  /** Files in PEM. */
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly certificate: Buffer;
  readonly key: Buffer;
  /** SHA-256, as openssl writes it. */
  readonly fingerprint: string;
}

const openssl = (folder: string, words: readonly string[]): Buffer =>
  execFileSync('openssl', words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

const NEW_KEY = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes'.split(' ');

function read(folder: string, name: string): Certificate {
  const [certificateFile, keyFile] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const certificate = readFileSync(certificateFile);
  return {
    certificateFile,
    keyFile,
    certificate,
    key: readFileSync(keyFile),
    fingerprint: new X509Certificate(certificate).fingerprint256,
  };
}

/** An authority in a folder. `issue` makes a certificate for a subject such as `/O=Wessex Police/CN=records`. */
export function openAuthority(
  folder: string,
  name = 'authority',
): { readonly root: Certificate; readonly issue: (name: string, subject: string, days?: number) => Certificate } {
  openssl(folder, [
    ...'req -x509 -days 30'.split(' '),
    ...NEW_KEY,
    '-subj',
    `/CN=${name}`,
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.pem`,
  ]);
  return {
    root: read(folder, name),
    issue: (fileName, subject, days = 30) => {
      openssl(folder, [
        'req',
        '-new',
        ...NEW_KEY,
        '-subj',
        subject,
        '-addext',
        'subjectAltName=DNS:localhost,IP:127.0.0.1',
        '-keyout',
        `${fileName}.key`,
        '-out',
        `${fileName}.csr`,
      ]);
      const signed = `x509 -req -in ${fileName}.csr -CA ${name}.pem -CAkey ${name}.key -CAcreateserial -copy_extensions copy -out ${fileName}.pem`;
      openssl(folder, [...signed.split(' '), '-days', String(days)]);
      return read(folder, fileName);
    },
  };
}
