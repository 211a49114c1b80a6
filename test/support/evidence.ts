/** Fetches packages of evidence as a client. */
import type { JSONWebKeySet } from 'jose';
import { readStoredArchive } from '../../gateway/archive/stored-archive.ts';
import type { Manifest } from '../../gateway/evidence/manifest.ts';
import type { ShownAudit } from '../../gateway/evidence/shown-audit.ts';
import type { ClientConfig } from '../../gateway/rules/clients.ts';
import { LOW_OPERATOR, OPERATOR, type TestGateway } from './gateway.ts';

/** An operator who may read everything at OFFICIAL, and may ask for evidence. */
export const AUDITOR: ClientConfig = { ...OPERATOR, id: 'wessex.auditor', scopes: ['evidence:read', 'receipts:read', 'quarantine:read'] };

/** The same, of a low clearance. */
export const LOW_AUDITOR: ClientConfig = { ...LOW_OPERATOR, id: 'wessex.low-auditor', scopes: AUDITOR.scopes };

export interface GivenPackage {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** A text of a file. */
  text(name: string): string;
  readonly names: readonly string[];
  readonly manifest: Manifest;
  readonly records: readonly ShownAudit[];
}

/** Asks for the evidence of a message or event. */
export async function askEvidence(gateway: TestGateway, id: string, persona: string): Promise<GivenPackage> {
  const headers = { Authorization: `Bearer ${await gateway.token(persona)}` };
  const response = await fetch(`${gateway.url}/v1/messages/${id}/evidence`, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  const { files } = readStoredArchive(response.status === 200 ? bytes : Buffer.alloc(0));
  const text = (name: string) => files.get(name)?.toString() ?? '';
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    text,
    names: [...files.keys()],
    get manifest() {
      return JSON.parse(text('manifest.json')) as Manifest;
    },
    get records() {
      return (JSON.parse(text('audit.json')) as { records: ShownAudit[] }).records;
    },
  };
}

/** The keys that a gateway publishes. */
export const publishedKeys = async (gateway: TestGateway): Promise<JSONWebKeySet> =>
  (await (await fetch(`${gateway.url}/.well-known/jwks.json`)).json()) as JSONWebKeySet;
