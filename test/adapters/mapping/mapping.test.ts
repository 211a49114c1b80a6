/**
 * Mapping documents: invertible lenses, messages that are written back byte for byte, separately refused records, and faults with lines.
 */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter, DecodedEvent, Json } from '../../../adapters/adapter.ts';
import { mappingAdapter } from '../../../adapters/mapping/adapter.ts';
import type { CompiledMapping } from '../../../adapters/mapping/compile.ts';
import { compileLens, type Lens, type LensSpec, sameJson, strict } from '../../../adapters/mapping/lenses.ts';
import { HOME } from '../../../gateway/config.ts';
import { faultLine, readMapping } from '../../../gateway/rules/mappings.ts';
import { loadStandards } from '../../../gateway/rules/standards.ts';

const standards = loadStandards(join(HOME, 'schemas'));
const lens = (spec: LensSpec): Lens => {
  const compiled = compileLens(spec);
  if (typeof compiled === 'string') throw new Error(compiled);
  return strict(compiled);
};

const SPECS: readonly LensSpec[] = [
  { as: 'text' },
  { as: 'padded', with: '0', length: 8 },
  { as: 'date', format: 'dd/MM/yyyy' },
  { as: 'date', format: 'yyyyMMdd' },
  { as: 'date', format: 'd MMM yyyy' },
  { as: 'time', format: 'HHmm' },
  { as: 'time', format: 'HH:mm:ss' },
  { as: 'dateTime', format: 'dd.MM.yyyy HH:mm' },
  { as: 'integer' },
  { as: 'decimal' },
  { as: 'boolean', true: 'Y', false: 'N' },
  { as: 'code', codes: { M: '1', MALE: '1', F: '2' } },
  { as: 'code', codes: { M: '1', F: '2' }, unknown: 'keep' },
  { as: 'identifier', kind: 'pnc' },
  { as: 'identifier', kind: 'asn' },
  { as: 'list', separator: ' ' },
  { as: 'list', separator: ';', of: { as: 'integer' } },
  { as: 'parts', separator: ',', parts: [{ as: 'text' }, { as: 'list', separator: ' ' }] },
];

const columnText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('0', '1', '2', '9', '/', ':', '-', ' ', ',', ';', 'M', 'F', 'Y', 'a', '.') }),
  fc
    .date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10).split('-').reverse().join('/')),
  fc.constantFrom(
    '20020073319Z',
    '2002/0073319Z',
    '16 Nov 2026',
    '31 FEB 2026',
    '2359',
    '2400',
    'MALE',
    '007',
    '-0',
    '1.50',
    '1e5',
    'TREMAYNE, Jory Mawgan',
  ),
);
const value = fc.oneof(
  fc.jsonValue() as fc.Arbitrary<Json>,
  columnText,
  fc.constantFrom<Json>(
    '2026-02-29',
    '2024-02-29',
    '23:59:00',
    '23:59:01',
    '2026-11-16T09:30:00',
    ['a', ['b']],
    ['TREMAYNE', null],
    12,
    1.5,
    -0,
    1e21,
    true,
  ),
);

describe('every lens', () => {
  it.each(SPECS.map((spec) => [JSON.stringify(spec), spec] as const))('%s reads back the value that it writes', (_, spec) => {
    const fieldLens = lens(spec);
    fc.assert(
      fc.property(value, (given) => {
        const text = fieldLens.write(given);
        if (text === undefined) return;
        expect(sameJson(fieldLens.read(text), given)).toBe(true);
        expect(text.trim()).toBe(text);
      }),
    );
  });
  it.each(SPECS.map((spec) => [JSON.stringify(spec), spec] as const))(
    '%s writes back the text that it reads, in normal form',
    (_, spec) => {
      const fieldLens = lens(spec);
      fc.assert(
        fc.property(columnText, (given) => {
          const text = given.trim();
          const read = text === '' ? undefined : fieldLens.read(text);
          if (read === undefined) return;
          const written = fieldLens.write(read);
          // Only a value that is no different from nothing, such as an empty list of parts, has no text.
          if (written === undefined) return;
          expect(sameJson(fieldLens.read(written), read)).toBe(true);
          expect(fieldLens.write(fieldLens.read(written) as Json)).toBe(written);
        }),
      );
    },
  );
  it('accepts real calendar days only', () => {
    const date = lens({ as: 'date', format: 'dd/MM/yyyy' });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 14 }),
        fc.integer({ min: 1900, max: 2100 }),
        (day, month, year) => {
          const two = (n: number) => String(n).padStart(2, '0');
          const iso = `${year}-${two(month)}-${two(day)}`;
          const isReal = !Number.isNaN(Date.parse(iso)) && new Date(`${iso}T00:00:00Z`).toISOString().startsWith(iso);
          expect(date.read(`${two(day)}/${two(month)}/${year}`)).toBe(isReal ? iso : undefined);
        },
      ),
    );
  });
});

const STOPS = `{
  "id": "wessex-stops",
  "title": "Wessex stop and search export",
  "version": "1.0.0",
  "carriesMarkings": false,
  "source": {
    "tableSchema": {
      "columns": [
        { "name": "ref", "titles": "Record number", "required": true },
        { "name": "date", "titles": "Date" },
        { "name": "time", "titles": "Time" },
        { "name": "name", "titles": "Name", "null": ["", "REFUSED", "N/K"] },
        { "name": "dob", "titles": "Date of birth" },
        { "name": "sex", "titles": "Sex" },
        { "name": "outcome", "titles": "Outcome" },
        { "name": "linked", "titles": "Linked" },
        { "name": "street", "titles": "Street" },
        { "name": "town", "titles": "Town" },
        { "name": "beat", "titles": "Beat" }
      ]
    }
  },
  "events": [
    {
      "standard": "person.stopped",
      "fields": [
        { "to": "/stop/kind", "value": "person-search" },
        { "column": "ref", "to": "/stop/reference" },
        { "column": "date", "to": "/stop/date", "lens": { "as": "date", "format": "dd/MM/yyyy" }, "empty": "refuse" },
        { "column": "time", "to": "/stop/time", "lens": { "as": "time", "format": "HHmm" } },
        {
          "column": "name",
          "to": ["/person/name/familyName", "/person/name/givenNames"],
          "lens": { "as": "parts", "separator": ",", "parts": [{ "as": "text" }, { "as": "list", "separator": " " }] }
        },
        { "column": "dob", "to": "/person/dateOfBirth", "lens": { "as": "date", "format": "dd/MM/yyyy" } },
        { "column": "sex", "to": "/person/gender", "lens": { "as": "code", "codes": { "M": "1", "MALE": "1", "F": "2" } } },
        { "column": "outcome", "to": "/stop/outcome", "lens": { "as": "code", "codes": { "A": "arrest", "NFA": "no-further-action" }, "unknown": "refuse" } },
        { "column": "linked", "to": "/stop/outcomeLinked", "lens": { "as": "boolean", "true": "Y", "false": "N" } },
        { "columns": ["street", "town"], "to": "/stop/location", "lens": { "as": "join", "separator": ", " } }
      ]
    }
  ]
}`;
const TITLES = 'Record number,Date,Time,Name,Date of birth,Sex,Outcome,Linked,Street,Town,Beat';
const ROW = 'WX-1,16/11/2026,2140,"MADDOX,Rhodri Ellis",09/03/1994,M,NFA,N,Quay Street,Aberllyn,A7';

const adapterOf = (text: string): Adapter => {
  const mapping = readMapping(text, standards);
  if (!('document' in mapping)) throw new Error(mapping.map(faultLine).join('\n'));
  return mappingAdapter(mapping as CompiledMapping);
};
const stops = adapterOf(STOPS);
const decode = (text: string, options = {}) => {
  const decoded = stops.decode(Buffer.from(text), options);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.refusals));
  return decoded.value;
};
const encode = (events: readonly Pick<DecodedEvent, 'standard' | 'data'>[], options = {}) => {
  const encoded = stops.encode?.(events, options);
  if (encoded?.ok !== true) throw new Error(JSON.stringify(encoded));
  return encoded.value;
};

describe('a mapping', () => {
  it('makes an event from a record, and writes a record for an event from elsewhere', () => {
    const [event] = decode(`${TITLES}\r\n${ROW}\r\n`).events;
    const data = {
      stop: {
        kind: 'person-search',
        reference: 'WX-1',
        date: '2026-11-16',
        time: '21:40:00',
        outcome: 'no-further-action',
        outcomeLinked: false,
        location: 'Quay Street, Aberllyn',
      },
      person: { name: { familyName: 'MADDOX', givenNames: ['Rhodri', 'Ellis'] }, dateOfBirth: '1994-03-09', gender: '1' },
    };
    expect(event).toMatchObject({ standard: 'person.stopped', data, warnings: [{ code: 'unmapped-element', at: 'Beat' }] });
    expect(standards.byName.get('person.stopped')?.check(event?.data ?? {})).toEqual([]);
    const { bytes } = encode([{ standard: 'person.stopped', data }]);
    expect(Buffer.from(bytes).toString()).toBe(`${TITLES}\r\n${ROW.replace(/,A7$/, ',')}\r\n`);
  });

  const cell = (normal: string) =>
    fc.oneof(
      { weight: 4, arbitrary: fc.constant(normal) },
      fc.string({ unit: fc.constantFrom('a', '"', ',', ' ', '\n', '0', 'é') }),
      fc.constantFrom('', ' ', 'N/K', 'MALE', '31/02/2026', '"'),
    );
  const quoted = (text: string, isAlways: boolean) => (isAlways || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  it('writes every message back byte for byte, whatever its values, quotes, line ends, order and columns', () => {
    const row = fc.tuple(
      fc.tuple(
        ...['WX-1', '16/11/2026', '2140', 'MADDOX,Rhodri', '09/03/1994', 'M', 'NFA', 'N', 'Quay Street', 'Aberllyn', 'A7'].map(cell),
      ),
      fc.boolean(),
      fc.constantFrom('\n', '\r\n', '\n\n'),
    );
    const order = fc.constantFrom([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10], [10, 3, 1, 0, 2, 9, 8, 7, 6, 5, 4]);
    fc.assert(
      fc.property(order, fc.array(row, { minLength: 1, maxLength: 5 }), fc.boolean(), (places, rows, hasMark) => {
        const titles = TITLES.split(',');
        const readableRows = rows.filter(
          ([cells]) => cells[0]?.trim() && cells[1] === '16/11/2026' && ['NFA', ''].includes(cells[6] as string),
        );
        if (readableRows.length === 0) return;
        const line = (cells: readonly string[], isAlways: boolean) =>
          places.map((place) => quoted(cells[place] as string, isAlways)).join(',');
        const text = `${hasMark ? '\ufeff' : ''}${line(titles, false)}\n${readableRows.map(([cells, isAlways, end]) => line(cells, isAlways) + end).join('')}`;
        const decoded = decode(text);
        expect(decoded.refused).toBeUndefined();
        expect(Buffer.from(encode(decoded.events).bytes).toString()).toBe(text);
        // The same bytes always give the same events.
        expect(JSON.stringify(decode(text).events)).toBe(JSON.stringify(decoded.events));
      }),
    );
  });

  it('writes a changed event with its new values, not the original record', () => {
    const { events } = decode(`${TITLES}\n${ROW.replace(',M,', ',MALE,')}\n`);
    const [event] = events as [DecodedEvent];
    const changed = { ...event, data: { ...event.data, person: { ...(event.data.person as object), gender: '2' } } };
    expect(Buffer.from(encode([changed]).bytes).toString()).toContain(',F,NFA');
    expect(Buffer.from(encode(events).bytes).toString()).toContain(',MALE,NFA');
  });

  it('refuses values that the format cannot hold, with their places, or leaves them out on request', () => {
    const [event] = decode(`${TITLES}\n${ROW}\n`).events as [DecodedEvent];
    const data = {
      ...event.data,
      officer: { rank: 'Constable' },
      stop: { ...(event.data.stop as object), kind: 'vehicle-stop', time: '21:40:30' },
    };
    const refused = stops.encode?.([{ standard: 'person.stopped', data }]);
    expect(refused).toMatchObject({
      ok: false,
      refusals: [{ at: '/stop/kind' }, { at: '/stop/time' }, { at: '/officer/rank' }].map((refusal) => ({
        code: 'adapter.wessex-stops.cannot-hold',
        ...refusal,
      })),
    });
    const encoded = encode([{ standard: 'person.stopped', data }], { isLenient: true });
    expect(encoded.leftOut).toEqual(['/stop/kind', '/stop/time', '/officer/rank']);
    expect(stops.encode?.([{ standard: 'case.registered', data: {} }])).toMatchObject({
      ok: false,
      refusals: [{ code: 'wrong-standard' }],
    });
    expect(stops.encode?.([])).toMatchObject({ ok: false, refusals: [{ code: 'no-events' }] });
  });

  it('reads placeholder texts as absent values, and never writes a value as a placeholder', () => {
    const { events } = decode(`${TITLES}\n${ROW.replace(/"MADDOX[^"]*"/, 'REFUSED')}\n`);
    expect(events[0]?.data.person).not.toHaveProperty('name');
    const data = { stop: { kind: 'person-search', date: '2026-11-16' }, person: { name: { familyName: 'N/K' } } };
    expect(stops.encode?.([{ standard: 'person.stopped', data }])).toMatchObject({
      ok: false,
      refusals: [{ at: '/person/name/familyName' }],
    });
  });

  it('reports a value of the wrong type, keeps the record, and continues', () => {
    const text = `${TITLES}\n${ROW.replace('09/03/1994', '31/02/1994').replace(',M,', ',X,')}\n`;
    const { events } = decode(text);
    expect(events[0]?.malformed).toEqual(['/person/dateOfBirth', '/person/gender']);
    expect(events[0]?.warnings.map(({ code, at }) => [code, at])).toContainEqual(['value-out-of-type', 'Date of birth']);
    expect(Buffer.from(encode(events).bytes).toString()).toBe(text);
  });

  it('quarantines refused records separately, with line and column, so that they can be corrected and sent again', () => {
    const bad = [ROW.replace('NFA', 'ZZ'), ROW.replace('16/11/2026', ''), ROW.replace('WX-1', ''), 'one,two'];
    const { events, refused } = decode(`${TITLES}\n${ROW}\n${bad.join('\n')}\n${ROW}\n`);
    expect(events).toHaveLength(2);
    expect(refused?.map(({ refusals: [refusal] }) => [refusal?.code, refusal?.line, refusal?.column])).toEqual([
      ['adapter.wessex-stops.unknown-code', 3, 57],
      ['adapter.wessex-stops.missing', 4, 6],
      ['adapter.wessex-stops.missing', 5, 1],
      ['adapter.wessex-stops.field-count', 6, 8],
    ]);
    const alone = Buffer.from(refused?.[0]?.record.bytes() ?? []).toString();
    expect(alone).toBe(`${TITLES}\n${bad[0]}\n`);
    expect(decode(alone.replace('ZZ', 'A'), { isRecord: true }).events[0]?.data).toMatchObject({ stop: { outcome: 'arrest' } });
    expect(JSON.stringify(refused?.map(({ refusals }) => refusals))).not.toContain('ZZ');
  });

  it('refuses a message without a single readable record as a whole, with at most 50 reasons', () => {
    const refused = stops.decode(Buffer.from(`${TITLES}\n${'x\n'.repeat(1000)}`));
    expect(refused.ok || refused.refusals.length).toBe(50);
    expect(stops.decode(Buffer.from(`${TITLES}\n`))).toMatchObject({ ok: false, refusals: [{ code: 'adapter.wessex-stops.empty' }] });
  });

  it('recognises its format from the column titles', () => {
    expect(stops.detect(Buffer.from(`\ufeff${TITLES}\r\n`).toString('latin1'))).toBe(true);
    expect(stops.detect(`"${TITLES.replaceAll(',', '","')}"\n`)).toBe(true);
    expect(stops.detect(TITLES.replace('Sex', 'Gender'))).toBe(false);
  });
});

const faults = (text: string): readonly string[] => {
  const read = readMapping(text, standards);
  return 'document' in read ? [] : read.map(faultLine);
};

describe('a mapping document with faults (T63)', () => {
  it('is refused with all faults at once, by name and line', () => {
    const text = STOPS.replace('"dd/MM/yyyy" }, "empty"', '"dd/MM/yy" }, "empty"')
      .replace('"/stop/reference"', '"/stop/number"')
      .replace('"column": "dob"', '"column": "born"')
      .replace('"/person/gender"', '"/person/name"')
      .replace('"titles": "Town"', '"titles": "Street"');
    expect(faults(text)).toEqual([
      'line 18, /source/tableSchema/columns/9: Two columns have this title',
      'line 28, /events/0/fields/1/to: The standard person.stopped has no place /stop/number',
      'line 29, /events/0/fields/2/lens: The format knows yyyy, MMM, MM, M, dd, d, HH, mm, ss, XXX: a year has four digits, because a century cannot be guessed',
      'line 36, /events/0/fields/5/column: The table has no column born',
      'line 37, /events/0/fields/6/to: Another field has this place, or one in it: /person/name/familyName',
    ]);
  });
  it.each([
    [
      'an unknown member',
      STOPS.replace('"titles": "Beat"', '"title": "Beat"'),
      'line 19, /source/tableSchema/columns/10/title: There is no member title here',
    ],
    [
      'an unknown lens',
      STOPS.replace('"as": "boolean"', '"as": "jsonata"'),
      'line 39, /events/0/fields/8/lens/as: The lens is one of: text, ',
    ],
    [
      'a lens without what it needs',
      STOPS.replace('"as": "boolean", "true": "Y",', '"as": "boolean",'),
      'line 39, /events/0/fields/8/lens: The member true is missing',
    ],
    [
      'a place out of the data',
      STOPS.replace('"/stop/reference"', '"/constructor/prototype"'),
      'line 28, /events/0/fields/1/to: No standard has a property of this name',
    ],
    [
      'a place that the gateway sets',
      STOPS.replace('"/stop/reference"', '"/label/classification"'),
      'line 28, /events/0/fields/1/to: The gateway sets this itself',
    ],
    [
      'a name twice',
      STOPS.replace('"version": "1.0.0",', '"version": "1.0.0", "version": "1.0.0",'),
      'line 4: An object has the same name twice',
    ],
    ['no JSON', '{"id": }}', 'line 1: This is neither JSON nor YAML'],
    ['an alias', 'a: &x [1]\nb: *x', 'line 1: Tags, anchors and aliases are not read'],
    [
      'a standard that is not published',
      STOPS.replace('"standard": "person.stopped"', '"standard": "person.robbed"'),
      'line 25, /events/0/standard: No published standard has this name',
    ],
    [
      'one column for two fields',
      STOPS.replace('"column": "linked"', '"column": "sex"'),
      'line 39, /events/0/fields/8: Another field has this column: neither could be written back',
    ],
  ])('is refused for %s', (_, text, expected) => expect(faults(text).some((line) => line.startsWith(expected))).toBe(true));
  it('is refused where it is nested too deeply or too long', () => {
    expect(faults('['.repeat(200_000)).length).toBeLessThanOrEqual(20);
    expect(faults(`"${'x'.repeat(1_000_001)}"`)).toEqual(['line 1: The document is too long']);
  });
  it('is refused or compiled, and never makes the compiler throw', () => {
    const document = JSON.parse(STOPS) as Json;
    const places: (readonly string[])[] = [];
    const walk = (at: Json, path: readonly string[]): void => {
      places.push(path);
      if (typeof at === 'object' && at !== null) for (const [name, member] of Object.entries(at)) walk(member as Json, [...path, name]);
    };
    walk(document, []);
    const change = (at: Json, path: readonly string[], to: Json): Json => {
      const [step, ...rest] = path;
      if (step === undefined) return to;
      const copy = (Array.isArray(at) ? [...at] : { ...(at as object) }) as Record<string, Json>;
      copy[step] = change(copy[step] as Json, rest, to);
      return copy as Json;
    };
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.oneof(fc.jsonValue() as fc.Arbitrary<Json>, fc.constantFrom<Json>('', '/stop', '__proto__', { as: 'text' }, -1)),
        (path, to) => {
          const read = readMapping(JSON.stringify(change(document, path, to)), standards);
          if (!('document' in read)) for (const { line, reason } of read) expect([line > 0, reason.length > 0]).toEqual([true, true]);
          else mappingAdapter(read).decode(Buffer.from(`${TITLES}\n${ROW}\n`));
        },
      ),
      { numRuns: 300 },
    );
  });
});
