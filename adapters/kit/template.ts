/** The files that `adapters new` writes without a sample: a working mapping, and an invented sample. */
import type { MappingDocument } from '../mapping/document.ts';

export const templateMapping = (id: string): MappingDocument => ({
  id,
  title: `${id}: say what the format is`,
  version: '0.1.0',
  carriesMarkings: false,
  source: {
    '@context': 'http://www.w3.org/ns/csvw',
    dialect: { encoding: 'utf-8', delimiter: ',' },
    tableSchema: {
      columns: [
        { name: 'reference', titles: 'Reference', required: true },
        { name: 'date', titles: 'Date' },
        { name: 'surname', titles: 'Surname' },
        { name: 'forenames', titles: 'Forenames' },
        { name: 'outcome', titles: 'Outcome' },
      ],
    },
  },
  events: [
    {
      standard: 'person.stopped',
      fields: [
        { to: '/stop/kind', value: 'person-search' },
        { column: 'reference', to: '/stop/reference' },
        { column: 'date', to: '/stop/date', lens: { as: 'date', format: 'dd/MM/yyyy' }, empty: 'refuse' },
        { column: 'surname', to: '/person/name/familyName' },
        { column: 'forenames', to: '/person/name/givenNames', lens: { as: 'list', separator: ' ' } },
        { column: 'outcome', to: '/stop/outcome', lens: { as: 'code', codes: { A: 'arrest', NFA: 'no-further-action' }, unknown: 'keep' } },
      ],
    },
  ],
});

export const TEMPLATE_SAMPLE = `Reference,Date,Surname,Forenames,Outcome\r
WX-1,16/11/2026,TREMAYNE,Jory,NFA\r
WX-2,17/11/2026,PENROSE,Demelza Ann,A\r
`;
