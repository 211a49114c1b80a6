/** The sections of the console, in the order of its navigation. */
import type { Scope } from '../rules/clients.ts';

export interface Section {
  readonly name: string;
  readonly title: string;
  readonly href: string;
  /** Who may use it: a person with one of these scopes. Everybody, where it is empty. */
  readonly scopes: readonly Scope[];
}

export const SECTIONS: readonly Section[] = [
  { name: 'overview', title: 'Overview', href: '/console', scopes: [] },
  { name: 'messages', title: 'Messages', href: '/console/messages', scopes: ['receipts:read'] },
  { name: 'quarantine', title: 'Quarantine', href: '/console/quarantine', scopes: ['quarantine:read'] },
  { name: 'deliveries', title: 'Deliveries', href: '/console/deliveries', scopes: ['deliveries:read'] },
  { name: 'protections', title: 'Protections', href: '/console/protections', scopes: ['protections:read'] },
  { name: 'approvals', title: 'Approvals', href: '/console/approvals', scopes: ['approvals:read'] },
  { name: 'disclosures', title: 'Disclosures', href: '/console/disclosures', scopes: ['disclosures:read'] },
  { name: 'shadow', title: 'Shadow run', href: '/console/shadow', scopes: ['shadow:run'] },
  { name: 'audit', title: 'Audit', href: '/console/audit', scopes: ['audit:read'] },
  { name: 'configuration', title: 'Configuration', href: '/console/configuration', scopes: ['configuration:read'] },
];

/** The sections that a person with some scopes may use. */
export const sectionsFor = (allowed: ReadonlySet<string>): readonly Section[] =>
  SECTIONS.filter(({ scopes }) => scopes.length === 0 || scopes.some((scope) => allowed.has(scope)));
