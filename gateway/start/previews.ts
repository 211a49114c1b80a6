/** What each persona of a sandbox would be given of an example. Its seals are made with a key that no gateway trusts. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { JsonObject } from '../../adapters/adapter.ts';
import { makeAdapters } from '../pipeline/decode.ts';
import { makeIdentities } from '../pipeline/ids.ts';
import { type PreviewReader, preview } from '../pipeline/preview.ts';
import type { SeenAs } from '../portal/seen-as.ts';
import type { InForce } from '../rules/in-force.ts';
import type { Standards } from '../rules/standards.ts';

export interface PreviewsContext {
  readonly inForce: InForce;
  readonly standards: Standards;
  readonly now: () => number;
}

/** Of a client that people try things out as: who it is, and what it reads as. */
interface Persona extends PreviewReader {
  readonly persona: string;
  readonly title: string;
  readonly task?: string;
}

function personasOf({ inForce, standards }: PreviewsContext): readonly Persona[] {
  return inForce.config.clients.flatMap(({ id, persona, title, tasks }) => {
    const client = inForce.client(id);
    if (persona === undefined || client === undefined || !client.scopes.has('events:read')) return [];
    const [task] = tasks ?? [];
    const profile = task === undefined ? undefined : standards.profiles.get(task);
    return [
      {
        persona,
        title,
        clearance: client.clearance,
        ...(task === undefined ? {} : { task }),
        ...(profile === undefined ? {} : { profile }),
      },
    ];
  });
}

export function openPreviews(context: PreviewsContext): (standard: string, data: JsonObject) => SeenAs | undefined {
  const { inForce, standards, now } = context;
  const identities = makeIdentities(randomBytes(32));
  const sealKey = { kid: 'example', key: generateKeyPairSync('ed25519').privateKey };
  return (name, data) => {
    const standard = standards.byName.get(name);
    const personas = personasOf(context);
    const made =
      standard &&
      preview(
        {
          standards,
          identities,
          sealKey,
          now,
          codeLists: standards.codeLists,
          labelling: inForce.labelling,
          adapters: makeAdapters(inForce.adapters()),
        },
        standard,
        data,
        personas,
      );
    return (
      made && {
        event: made.event,
        personas: personas.flatMap(({ persona, title, task }, n) => {
          const personaPreview = made.readers[n];
          return personaPreview === undefined ? [] : [{ persona, title, ...(task === undefined ? {} : { task }), preview: personaPreview }];
        }),
      }
    );
  };
}
