/** The promises of the topic specification for any names, and the comparison with the brokers. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type BrokerState, differences } from '../../gateway/bus/kafka/topic-differences.ts';
import { type Grant, groupsOf, type SpecificationOptions, specify } from '../../gateway/bus/kafka/topic-specification.ts';
import { HOME } from '../../gateway/config.ts';

const clientId = fc.stringMatching(/^[a-z0-9][a-z0-9.-]{0,20}$/);
const prefix = fc.oneof(
  fc.constant(''),
  fc.stringMatching(/^[a-z0-9-]{1,10}\.$/).filter((text) => text !== 'justice.' && text !== 'interchange.'),
);

describe('T69 names of consumer groups', () => {
  it('of one client never begin like those of another client, or of another deployment', () => {
    fc.assert(
      fc.property(clientId, clientId, prefix, prefix, (one, other, here, there) => {
        fc.pre(one !== other || here !== there);
        expect(groupsOf(one, here).startsWith(groupsOf(other, there))).toBe(false);
      }),
      { numRuns: 5000 },
    );
    expect(groupsOf('wessex.cps.review').startsWith(groupsOf('wessex'))).toBe(false);
  });

  it('match the contract', () => {
    const contract = parse(readFileSync(join(HOME, 'contracts/asyncapi.yaml'), 'utf8'));
    const { pattern, examples } = contract.components.operationTraits.consumer.bindings.kafka.groupId;
    const groupPattern = new RegExp(pattern, 'u');
    fc.assert(
      fc.property(clientId, prefix, (client, here) => {
        expect(groupPattern.test(`${groupsOf(client, here)}work`)).toBe(true);
      }),
    );
    expect(examples.every((example: string) => groupPattern.test(example) && example.startsWith(groupsOf('wessex.cps.review')))).toBe(true);
    for (const wrong of ['wessex.cps.review.work', 'justice.wessex.cps.review', 'interchange.wessex_work'])
      expect(groupPattern.test(wrong)).toBe(false);
  });
});

const OPTIONS: SpecificationOptions = {
  partitions: 3,
  replication: 3,
  retention: 1000,
  readerBytesPerSecond: 10,
  makeTopics: false,
  clients: ['court', 'cps'],
  gateways: ['gateway'],
  others: ['monitor'],
};
const PLAN = [
  { name: 'interchange.audit', readers: [] },
  { name: 'justice.official.case.v1', readers: ['court'] },
];
const specification = specify(PLAN, OPTIONS);
const asSpecified: BrokerState = { topics: specification.topics, grants: specification.grants, quotas: specification.quotas };
const withGrant = (grant: Partial<Grant>): BrokerState => ({
  ...asSpecified,
  grants: [
    ...specification.grants,
    {
      resource: 'topic',
      name: '*',
      pattern: 'literal',
      principal: 'User:court',
      host: '*',
      operation: 'read',
      permission: 'allow',
      ...grant,
    },
  ],
});
const kinds = (state: BrokerState, wanted = specification) => differences(wanted, state).map(({ kind, severity }) => [kind, severity]);

describe('T69 the differences from the specification', () => {
  it('are none where everything is as specified', () => {
    expect(kinds(asSpecified)).toEqual([]);
  });

  it('are everything where the brokers have nothing, and each can be corrected', () => {
    const all = differences(specification, { topics: [], grants: [], quotas: [] });
    expect(all.every(({ correction }) => correction !== undefined)).toBe(true);
    expect(all).toHaveLength(specification.topics.length + specification.grants.length + specification.quotas.length);
  });

  it('include a missing topic, which is serious unless gateways make topics', () => {
    const state = { ...asSpecified, topics: specification.topics.slice(1) };
    expect(kinds(state)).toEqual([['missing topic', 'serious']]);
    expect(kinds(state, specify(PLAN, { ...OPTIONS, makeTopics: true }))).toEqual([['missing topic', 'accepted']]);
  });

  it.each([1, 2, 4])('include %i partitions instead of 3', (partitions) => {
    const topics = specification.topics.map((topic) => (topic.isOrdered ? topic : { ...topic, partitions }));
    expect(kinds({ ...asSpecified, topics })).toEqual([['partitions', 'serious']]);
  });

  it('include fewer copies, which breaks no promise yet', () => {
    const topics = specification.topics.map((topic) => ({ ...topic, replication: topic.isOrdered ? 3 : 2 }));
    expect(kinds({ ...asSpecified, topics })).toEqual([['replication', 'minor']]);
  });

  it.each(Object.keys(specification.topics[0]?.settings ?? {}))('include a setting %s of a stream that is different or unknown', (name) => {
    for (const value of ['other', undefined]) {
      const topics = specification.topics.map((topic) =>
        topic.isOrdered ? { ...topic, settings: { ...topic.settings, [name]: value as string } } : topic,
      );
      expect(kinds({ ...asSpecified, topics })).toEqual([['setting', 'serious']]);
    }
  });

  it.each<[string, Partial<Grant>]>([
    ['on everything', {}],
    ['from one host', { name: 'interchange.audit', host: '10.0.0.1' }],
    ['on names that begin as a topic does', { name: 'inter', pattern: 'prefixed' }],
    ['on names that begin behind it', { name: 'justice.secret.', pattern: 'prefixed' }],
    ['on all names', { name: '', pattern: 'prefixed' }],
    ['of everybody', { name: 'interchange.audit', principal: 'User:*' }],
    ['of an unknown principal', { name: 'interchange.audit', principal: 'User:somebody' }],
    ['of another type of principal', { name: 'interchange.audit', principal: 'Group:court' }],
    ['of a gateway for more than it needs', { name: 'interchange.audit', principal: 'User:gateway', operation: 'delete' }],
    ['of a client on the groups of an earlier version', { resource: 'group', name: 'court.', pattern: 'prefixed' }],
    ['of a removed client on its groups', { resource: 'group', name: 'justice.gone_', pattern: 'prefixed', principal: 'User:gone' }],
    ['of a client on the cluster', { resource: 'cluster', name: 'kafka-cluster', operation: 'alter' }],
    ['of everybody on the cluster', { resource: 'cluster', name: 'kafka-cluster', operation: 'alter', principal: 'User:*' }],
  ])('include a grant %s, which is removed', (_, grant) => {
    const found = differences(specification, withGrant(grant));
    expect(found.map(({ kind, severity, correction }) => [kind, severity, correction !== undefined && 'take' in correction])).toEqual([
      ['stray grant', 'serious', true],
    ]);
  });

  it.each<[string, Partial<Grant>]>([
    ['on another topic', { name: 'elsewhere' }],
    ['on names that begin otherwise', { name: 'justices', pattern: 'prefixed' }],
    ['on a group elsewhere', { resource: 'group', name: 'elsewhere' }],
    ['of an administrator on the cluster', { resource: 'cluster', name: 'kafka-cluster', operation: 'alter', principal: 'User:root' }],
    ['of another system on its groups', { resource: 'group', name: 'somebody.', pattern: 'prefixed', principal: 'User:somebody' }],
  ])('do not include a grant %s', (_, grant) => {
    expect(kinds(withGrant(grant))).toEqual([]);
  });

  it('are never corrected where the gateways are not known, because they would lose their grants', () => {
    const found = differences(specify(PLAN, { ...OPTIONS, gateways: [] }), withGrant({ principal: 'User:gateway' }));
    expect(found.map(({ kind, severity, correction }) => [kind, severity, correction])).toEqual([['unchecked', 'serious', undefined]]);
  });

  it('include anything that this principal may not see', () => {
    const topics = specification.topics.map((topic) => ({ ...topic, settings: undefined }));
    expect(kinds({ ...asSpecified, topics })).toEqual([
      ['unchecked', 'serious'],
      ['unchecked', 'serious'],
    ]);
    expect(kinds({ ...asSpecified, grants: undefined })).toEqual([['unchecked', 'serious']]);
    expect(kinds({ ...asSpecified, quotas: undefined })).toEqual([['unchecked', 'minor']]);
  });

  it('include no grants on brokers without access control', () => {
    expect(kinds({ ...asSpecified, grants: 'none' })).toEqual([]);
  });
});
