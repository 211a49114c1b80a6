/** A report of a shadow run as lines for people: what is dangerous comes first. */
import type { Comparison } from '../shadow/compare.ts';
import type { SideVersion } from '../shadow/side.ts';
import type { Counted, Findings } from '../shadow/tally.ts';

const counted = ({ count, messages, examples }: Counted): string => `${count} in ${messages} messages, such as ${examples[0] ?? ''}`;

const sideLine = ({ policy, adapters }: SideVersion): string =>
  [
    `policy ${policy.id} ${policy.version} (${policy.sha256.slice(0, 12)})`,
    ...adapters.filter(({ digest }) => digest !== undefined).map(({ id, version }) => `adapter ${id} ${version}`),
  ].join(', ');

export const versionLines = (inForce: SideVersion, candidate: SideVersion): readonly string[] => [
  `In force:  ${sideLine(inForce)}`,
  `Candidate: ${sideLine(candidate)}`,
];

const labelLine = ({ standard, at, direction, from, to, ...count }: Findings['falls'][number]): string =>
  `  ${direction}  ${standard}${standard === '' ? '' : ' '}${at}: ${from} -> ${to}: ${counted(count)}`;

const section = (title: string, lines: readonly string[]): readonly string[] => (lines.length === 0 ? [] : [title, ...lines]);

/** The findings, for people. */
export function findingLines(findings: Findings): readonly string[] {
  const { messages, events, records, falls, rises, protections, refusals, fields, notListed } = findings;
  const changes = protections.map(
    ({ change, reason, restrictions, ...count }) => `  ${change}  ${reason} (${restrictions.join(', ')}): ${counted(count)}`,
  );
  return [
    ...section('LABELS FALL', falls.map(labelLine)),
    ...section('Protections', changes),
    ...section(
      'Refusals',
      refusals.map(({ change, code, ...count }) => `  ${change}  ${code}: ${counted(count)}`),
    ),
    ...section('Labels rise', rises.map(labelLine)),
    ...section(
      'Fields',
      fields.map(({ standard, at, kind, ...count }) => `  ${kind}  ${standard} ${at}: ${counted(count)}`),
    ),
    `${messages.compared} messages: ${messages.same} the same, ${messages.differ} differ, ${messages.newlyRefused} newly refused, ${messages.newlyAccepted} newly accepted`,
    `${events.same + events.differ + events.removed} events: ${events.same} the same, ${events.differ} differ, ${events.removed} missing; ${events.added} new`,
    ...(records.newlyRefused + records.newlyAccepted === 0
      ? []
      : [`Records: ${records.newlyRefused} newly refused, ${records.newlyAccepted} newly accepted`]),
    ...(notListed === 0 ? [] : [`${notListed} differences are not listed: there are too many kinds`]),
  ];
}

/** The values in which a message differs, for `--show`. */
export const valueLines = (id: string, { fields }: Comparison): readonly string[] =>
  fields.map(({ at, before, after }) => `  ${id} ${at}: ${JSON.stringify(before) ?? 'absent'} -> ${JSON.stringify(after) ?? 'absent'}`);
