/** What people call the certificates and keys that end. */
import type { Expiring } from './expiring.ts';

export const NAMES: Readonly<Record<Expiring['use'], string>> = {
  listener: 'Certificate of the listener',
  client: 'Certificate of the gateway',
  'client-authority': 'Authorities of client certificates',
  'broker-authority': 'Authorities of the broker',
  'timestamp-authority': 'Timestamp authority',
  issuer: 'Keys of the issuer of access tokens',
  seal: 'Key that seals',
  'at-rest': 'Keys at rest',
};
