/** An invented export of stops and searches: its mapping, and rows. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const column = (name: string, more: object = {}) => ({ name, ...more });

export const STOPS_MAPPING = {
  id: 'wessex-stops',
  title: 'Wessex stop and search export',
  version: '1.0.0',
  carriesMarkings: false,
  source: {
    tableSchema: {
      columns: [column('ref', { required: true }), column('urn'), column('date'), column('surname'), column('outcome'), column('beat')],
    },
  },
  events: [
    {
      standard: 'person.stopped',
      caseReference: '/case/urn',
      fields: [
        { to: '/stop/kind', value: 'person-search' },
        { column: 'ref', to: '/stop/reference' },
        { column: 'urn', to: '/case/urn' },
        { column: 'date', to: '/stop/date', lens: { as: 'date', format: 'dd/MM/yyyy' } },
        { column: 'surname', to: '/person/name/familyName' },
        { column: 'outcome', to: '/stop/outcome', lens: { as: 'code', codes: { A: 'arrest', NFA: 'no-further-action' } } },
      ],
    },
  ],
};

/** Writes the mapping, changed as it is said, to a folder. */
export function stopsMapping(folder: string, change: object = {}, name = 'stops.mapping.json'): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify({ ...STOPS_MAPPING, ...change }, null, 2));
  return file;
}

export const STOPS_TITLES = 'ref,urn,date,surname,outcome,beat';
export const stopRow = (n: number, date = '16/11/2026'): string => `WX-${n},52WX3${String(n).padStart(6, '0')},${date},TREMAYNE,NFA,A7`;
export const stopsOf = (...rows: readonly string[]): string => [STOPS_TITLES, ...rows, ''].join('\n');
