/** Nested records in XML and JSON: found by paths, written back byte for byte, and refused separately. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adapter, DecodedEvent, JsonObject } from '../../../adapters/adapter.ts';
import { mappingAdapter } from '../../../adapters/mapping/adapter.ts';
import { HOME } from '../../../gateway/config.ts';
import { faultLine, readMapping } from '../../../gateway/rules/mappings.ts';
import { loadStandards } from '../../../gateway/rules/standards.ts';

const standards = loadStandards(join(HOME, 'schemas'));

interface SourceColumn {
  readonly name: string;
  readonly path?: string;
  readonly required?: boolean;
  readonly datatype?: string;
  readonly [other: string]: unknown;
}

const documentOf = (source: object, columns: readonly SourceColumn[]) => ({
  id: 'wessex-incidents',
  title: 'Incidents',
  version: '1.0.0',
  carriesMarkings: false,
  source: { ...source, tableSchema: { columns } },
  events: [
    {
      standard: 'crime.recorded',
      fields: [
        { column: 'reference', to: '/crime/reference' },
        { column: 'recorded', to: '/crime/recordedDate', lens: { as: 'date', format: 'yyyy-MM-dd' }, empty: 'refuse' },
        { column: 'street', to: '/crime/address/street' },
        { column: 'uprn', to: '/crime/address/uprn' },
        { column: 'suspect', to: '/suspects/0/person/name/familyName' },
        { column: 'second', to: '/suspects/1/person/name/familyName' },
        { column: 'linked', to: '/crime/outcome', lens: { as: 'code', codes: { true: 'charged', false: 'no-suspect' } } },
      ],
    },
  ],
});

const XML_SOURCE = { format: 'xml', record: '/Export/Incidents/Incident' };
const XML_COLUMNS: readonly SourceColumn[] = [
  { name: 'reference', path: '@id', required: true },
  { name: 'recorded', path: 'Recorded' },
  { name: 'street', path: 'Location/Street' },
  { name: 'uprn', path: 'Location/@uprn' },
  { name: 'suspect', path: 'Suspect/Surname' },
  { name: 'second', path: 'Suspect[2]/Surname' },
  { name: 'linked', path: 'Linked' },
  { name: 'beat', path: 'Beat' },
];
const JSON_SOURCE = { format: 'json', record: '/export/incidents' };
const JSON_COLUMNS: readonly SourceColumn[] = [
  { name: 'reference', path: '/id', required: true },
  { name: 'recorded', path: '/recorded' },
  { name: 'street', path: '/location/street' },
  { name: 'uprn', path: '/location/uprn', datatype: 'number' },
  { name: 'suspect', path: '/suspects/0/surname' },
  { name: 'second', path: '/suspects/1/surname' },
  { name: 'linked', path: '/linked', datatype: 'boolean' },
  { name: 'beat', path: '/beat' },
];

function adapterOf(source: object, columns: readonly SourceColumn[]): Adapter {
  const mapping = readMapping(JSON.stringify(documentOf(source, columns)), standards);
  if (!('document' in mapping)) throw new Error(mapping.map(faultLine).join('\n'));
  return mappingAdapter(mapping);
}
const faultsOf = (source: object, columns: readonly SourceColumn[]): readonly string[] => {
  const read = readMapping(JSON.stringify(documentOf(source, columns), null, 1), standards);
  return 'document' in read ? [] : read.map(({ at, reason }) => `${at}: ${reason}`);
};

const xml = adapterOf(XML_SOURCE, XML_COLUMNS);
const json = adapterOf(JSON_SOURCE, JSON_COLUMNS);

const read = (adapter: Adapter, text: string | Uint8Array, options = {}) => {
  const decoded = adapter.decode(Buffer.from(text as string), options);
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.refusals));
  return decoded.value;
};
const refusalsOf = (adapter: Adapter, text: string | Uint8Array) => {
  const decoded = adapter.decode(Buffer.from(text as string));
  if (decoded.ok) throw new Error('It is read');
  return decoded.refusals;
};
const write = (adapter: Adapter, events: readonly Pick<DecodedEvent, 'standard' | 'data'>[], options = {}) => {
  const encoded = adapter.encode?.(events, options);
  if (encoded?.ok !== true) throw new Error(JSON.stringify(encoded));
  return { ...encoded.value, text: Buffer.from(encoded.value.bytes).toString() };
};

const DATA: JsonObject = {
  crime: { reference: 'WX-1', recordedDate: '2026-11-16', address: { street: 'Quay & "Fore" <Street>', uprn: '100' }, outcome: 'charged' },
  suspects: [{ person: { name: { familyName: 'TREMAYNE' } } }, { person: { name: { familyName: 'O’DEA' } } }],
};

const inXml = (records: string, root = '<Export><Incidents>', end = '</Incidents></Export>') => `${root}${records}${end}`;
const inJson = (records: string) => `{"export":{"incidents":[${records}]}}`;

describe('a nested record', () => {
  it('is written in a plain layout and escaped where its event came from elsewhere, and gives the same event when read', () => {
    const events = [{ standard: 'crime.recorded', data: DATA }];
    expect(write(xml, events).text).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<Export>
  <Incidents>
    <Incident id="WX-1">
      <Recorded>2026-11-16</Recorded>
      <Location uprn="100">
        <Street>Quay &amp; "Fore" &lt;Street&gt;</Street>
      </Location>
      <Suspect>
        <Surname>TREMAYNE</Surname>
      </Suspect>
      <Suspect>
        <Surname>O’DEA</Surname>
      </Suspect>
      <Linked>true</Linked>
    </Incident>
  </Incidents>
</Export>
`);
    expect(JSON.parse(write(json, events).text)).toEqual({
      export: {
        incidents: [
          {
            id: 'WX-1',
            recorded: '2026-11-16',
            location: { street: 'Quay & "Fore" <Street>', uprn: 100 },
            suspects: [{ surname: 'TREMAYNE' }, { surname: 'O’DEA' }],
            linked: true,
          },
        ],
      },
    });
    for (const adapter of [xml, json]) expect(read(adapter, write(adapter, events).text).events.map(({ data }) => data)).toEqual([DATA]);
  });

  it('keeps elements that no column names, reports them, and writes them back', () => {
    const text = inXml(
      '<Incident id="1" seen="yes"><Recorded>2026-11-16</Recorded><Beat>A7</Beat><Suspect/><Suspect/><Suspect><Surname>X</Surname></Suspect>loose<Linked/></Incident>',
      '<Export version="2"><Run>7</Run><Incidents>',
    );
    const { events } = read(xml, text);
    const paths = events[0]?.warnings.map(({ code, at }) => [code, at]);
    expect(paths).toEqual(
      ['/Export/@version', '/Export/Run', 'Beat', '@seen', 'Suspect/Surname', 'text()'].map((at) => ['unmapped-element', at]),
    );
    expect(write(xml, events).text).toBe(text);
    const list =
      '{"run":7,"export":{"incidents":[{"id":"1","recorded":"2026-11-16","x":{"y":[1]},"suspects":[null,null,{"surname":"X"}]}]}}';
    const decoded = read(json, list);
    expect(decoded.events[0]?.warnings.map(({ at }) => at)).toEqual(['/run', '/x', '/suspects/2']);
    expect(write(json, decoded.events).text).toBe(list);
  });

  it('is written back with a blank line before it', () => {
    const data = { crime: { reference: '1', recordedDate: '2026-11-16' } };
    const plain = write(
      xml,
      [1, 2].map(() => ({ standard: 'crime.recorded', data })),
    ).text;
    const text = plain.replace('</Incident>\n', '</Incident>\n\n');
    expect(write(xml, read(xml, text).events).text).toBe(text);
  });

  it('is written with its new values after a change; elements that no column names are then refused with their places, or left out', () => {
    const text = inXml('<Incident id="1"><Recorded> 2026-11-16</Recorded><Beat>A7</Beat></Incident>');
    const [event] = read(xml, text).events as [DecodedEvent];
    const changed = { ...event, data: { ...event.data, crime: { reference: '2', recordedDate: '2026-11-17' } } };
    expect(write(xml, [changed]).text).toBe(
      inXml('<Incident id="2">\n      <Recorded>2026-11-17</Recorded>\n      <Beat>A7</Beat>\n    </Incident>'),
    );
    const [more] = read(xml, text.replace('<Beat>', '<Extra>z</Extra><Beat>')).events as [DecodedEvent];
    const other = { ...more, data: { ...more.data, crime: { reference: '2', recordedDate: '2026-11-17' } } };
    expect(xml.encode?.([other])).toMatchObject({ ok: false, refusals: [{ at: '/extensions/wessex-incidents/extra' }] });
    expect(write(xml, [other], { isLenient: true }).leftOut).toEqual(['/extensions/wessex-incidents/extra']);
  });

  it('is refused where a value does not fit the format, with the place', () => {
    const data = { ...DATA, crime: { ...(DATA.crime as JsonObject), address: { street: 'a\u0001b', uprn: '0100' } } };
    expect(xml.encode?.([{ standard: 'crime.recorded', data }])).toMatchObject({
      ok: false,
      refusals: [{ code: 'adapter.wessex-incidents.cannot-hold', at: '/crime/address/street' }],
    });
    expect(json.encode?.([{ standard: 'crime.recorded', data }])).toMatchObject({ ok: false, refusals: [{ at: '/crime/address/uprn' }] });
  });

  it('among a thousand is quarantined separately, with line and column, and is read after a correction', () => {
    const incidentOf = (n: number, date: string) => `<Incident id="${n}">\n<Recorded>${date}</Recorded>\n</Incident>`;
    const records = Array.from({ length: 1000 }, (_, n) => incidentOf(n, n === 499 ? '' : '2026-11-16'));
    const { events, refused = [] } = read(xml, `<?xml version="1.0"?>${inXml(`\n  ${records.join('\n  ')}\n`, '<Export>\n<Incidents>')}`);
    expect([events.length, refused.length]).toEqual([999, 1]);
    expect(refused[0]?.refusals).toEqual([expect.objectContaining({ code: 'adapter.wessex-incidents.missing', line: 1501, column: 1 })]);
    const alone = Buffer.from(refused[0]?.record.bytes() ?? []).toString();
    expect(alone).toBe(`<?xml version="1.0"?>${inXml(incidentOf(499, ''))}`);
    expect(read(xml, alone.replace('<Recorded>', '<Recorded>2026-11-16'), { isRecord: true }).events).toHaveLength(1);
    expect(xml.decode(Buffer.from(inXml(incidentOf(1, '2026-11-16').repeat(2))), { isRecord: true })).toMatchObject({ ok: false });

    const entries = Array.from({ length: 1000 }, (_, n) =>
      n === 499 ? '{"id":"1","recorded":{"on":1}}' : '{"id":"2","recorded":"2026-11-16"}',
    );
    const list = read(json, inJson(`\n${entries.join(',\n')}\n`));
    expect([list.events.length, list.refused?.length]).toEqual([999, 1]);
    expect(list.refused?.[0]?.refusals).toEqual([
      expect.objectContaining({ code: 'adapter.wessex-incidents.wrong-kind', line: 501, column: 22 }),
    ]);
    expect(Buffer.from(list.refused?.[0]?.record.bytes() ?? []).toString()).toBe(inJson(entries[499] as string));
    const back = write(json, list.events).text;
    expect(back).toBe(inJson(`\n${entries.filter((_, n) => n !== 499).join(',\n')}\n`));
  });

  it('next to a refused record keeps the text around that record', () => {
    const good = '<Incident id="1"><Recorded>2026-11-16</Recorded></Incident>';
    const long = `<Incident id="${'x'.repeat(70_000)}"/>`;
    for (const bad of ['<Incident id="2"/>', long])
      for (const [before, after] of [
        [`<A/>${good}</Incidents><Note>n</Note><Incidents>`, `<!-- c -->${good}<B/>`],
        ['<A/>', `<!-- c -->${good}<B/>${bad}<C/>`],
        [`<A/>${good}<B/>`, '<!-- c -->'],
      ]) {
        const text = inXml(`${before}${bad}${after}`);
        const { events, refused } = read(xml, text);
        expect(refused?.length).toBeGreaterThan(0);
        expect(write(xml, events).text).toBe(text.replaceAll(bad, ''));
      }
  });

  it('T33 is found only on its configured path', () => {
    const inner = '<Incident id="in"><Recorded>2026-11-16</Recorded></Incident>';
    const { events } = read(
      xml,
      inXml(`<Incident id="1"><Recorded>2026-11-16</Recorded>${inner}</Incident>`, `<Export>${inner}<Incidents>`),
    );
    expect(events).toHaveLength(1);
    expect(events[0]?.warnings.map(({ at }) => at)).toEqual(['/Export/Incident', 'Incident/@id', 'Incident/Recorded']);
    const text = inXml(
      '<Incident id="1"><Recorded>2026-11-16<b>7</b></Recorded></Incident><Incident id="2"><Recorded>2026-11-16</Recorded></Incident>',
    );
    expect(read(xml, text).refused?.[0]?.refusals).toEqual([
      expect.objectContaining({ code: 'adapter.wessex-incidents.not-text', line: 1, column: 57 }),
    ]);
  });

  it('is written back in the charset of its message', () => {
    const text = `<?xml version="1.0" encoding="ISO-8859-1"?>${inXml('<Incident id="Siân"><Recorded>2026-11-16</Recorded></Incident>')}`;
    for (const bytes of [Buffer.from(text, 'latin1'), Buffer.from(`\ufeff${text.replace('ISO-8859-1', 'UTF-16')}`, 'utf16le')]) {
      const { events } = read(xml, bytes);
      expect(events[0]?.data.crime).toMatchObject({ reference: 'Siân' });
      expect(Buffer.compare(Buffer.from(write(xml, events).bytes), bytes)).toBe(0);
      expect(Buffer.compare(Buffer.from(events[0]?.record?.bytes() ?? []), bytes)).toBe(0);
    }
  });
});

describe('a message of nested records', () => {
  it('T33 with a namespace is read and written in that namespace only', () => {
    const adapter = adapterOf({ ...XML_SOURCE, namespace: 'urn:wessex:incidents' }, XML_COLUMNS);
    const record = '<w:Incident id="1"><w:Recorded>2026-11-16</w:Recorded><Beat>A7</Beat></w:Incident>';
    const text = inXml(record, '<w:Export xmlns:w="urn:wessex:incidents"><w:Incidents>', '</w:Incidents></w:Export>');
    const { events } = read(adapter, text);
    expect(events[0]?.warnings.map(({ at }) => at)).toEqual(['Beat']);
    expect(write(adapter, events).text).toBe(text);
    expect(Buffer.from(events[0]?.record?.bytes() ?? []).toString()).toBe(text);
    expect(refusalsOf(adapter, inXml('<Incident/>'))).toMatchObject([{ code: 'wrong-namespace', line: 1 }]);
    expect(refusalsOf(xml, text)).toMatchObject([{ code: 'wrong-namespace' }]);
    // What was kept of a prefix fits around no record without it: the message is then a plain one.
    const fresh = write(adapter, [...events, { standard: 'crime.recorded', data: DATA }], { isLenient: true }).text;
    expect(read(adapter, fresh).events).toHaveLength(2);
    expect(fresh).toContain('<Export xmlns="urn:wessex:incidents">');
  });

  it('can consist of one record, and is refused with a second one', () => {
    const adapter = adapterOf({ format: 'xml', record: '/Incident', namespace: 'urn:wessex' }, XML_COLUMNS);
    const { text } = write(adapter, [{ standard: 'crime.recorded', data: DATA }]);
    expect(text).toContain('<Incident xmlns="urn:wessex" id="WX-1">');
    expect(write(adapter, read(adapter, text).events).text).toBe(text);
    const two = [1, 2].map(() => ({ standard: 'crime.recorded', data: DATA }));
    expect(adapter.encode?.(two)).toMatchObject({ ok: false, refusals: [{ code: 'adapter.wessex-incidents.one-record' }] });
  });

  it('can be a JSON list', () => {
    const adapter = adapterOf({ format: 'json', record: '' }, JSON_COLUMNS);
    const text = ' [ {"id":"1","recorded":"2026-11-16"} ,{"id":"2","recorded":"2026-11-16"}]';
    expect(write(adapter, read(adapter, text).events).text).toBe(text);
    expect(adapter.detect(text)).toBe(true);
    expect(adapter.detect('[{"reference":1}]')).toBe(false);
  });

  it('written in part, or in another order, contains exactly the remaining records', () => {
    const record = (id: number) => `<Incident id="${id}"><Recorded>2026-11-16</Recorded></Incident>`;
    const text = inXml(`${record(1)}<!-- a -->${record(2)}</Incidents><Incidents>${record(3)}`);
    const { events } = read(xml, text);
    fc.assert(
      fc.property(fc.shuffledSubarray([0, 1, 2], { minLength: 1 }), (places) => {
        const chosenEvents = places.map((place) => events[place] as DecodedEvent);
        const back = read(xml, write(xml, chosenEvents).bytes).events.map(({ data }) => (data.crime as JsonObject).reference);
        expect(back).toEqual(places.map((place) => String(place + 1)));
      }),
    );
  });

  it('T32 T43 with hostile content is refused as a whole, by code and line, without its values', () => {
    const good = '<Incident id="1"><Recorded>2026-11-16</Recorded></Incident>';
    const bad: readonly (readonly [Adapter, string, string])[] = [
      [xml, `<!DOCTYPE Export>${inXml(good)}`, 'xml-doctype'],
      [xml, inXml('<Incident id="&secret;"/>'), 'xml-not-well-formed'],
      [xml, inXml(`${'<a>'.repeat(200)}${'</a>'.repeat(200)}${good}`), 'xml-limit'],
      [xml, inXml(good).replace('</Export>', ''), 'xml-not-well-formed'],
      [xml, `<Other>${good}</Other>`, 'wrong-format'],
      [xml, inXml(''), 'adapter.wessex-incidents.empty'],
      [xml, `\ufeff\ufeff${inXml(good)}`, 'charset'],
      [json, inJson('{"id":"1","id":"2"}'), 'json-duplicate-name'],
      [json, inJson('{"__proto__":{"id":"1"}}'), 'json-forbidden-name'],
      [json, inJson(`{"id":1e400}`), 'json-number'],
      [json, inJson('['.repeat(200) + ']'.repeat(200)), 'json-too-deep'],
      [json, '{"export":{"incidents":{}}}', 'wrong-format'],
      [json, '{"export":[]}', 'wrong-format'],
      [json, inJson(''), 'adapter.wessex-incidents.empty'],
    ];
    for (const [adapter, text, code] of bad) {
      const [first] = refusalsOf(adapter, text);
      expect([text.slice(0, 40), first?.code, (first?.line ?? 0) > 0]).toEqual([text.slice(0, 40), code, true]);
      expect(first?.reason).not.toContain('secret');
    }
  });

  it('T32 T46 with too many or too large records is refused, or the record is', () => {
    const long = inXml(`<Incident id="1"><Recorded>2026-11-16</Recorded></Incident><Incident id="${'x'.repeat(70_000)}"/>`);
    expect(read(xml, long).refused?.[0]?.refusals).toMatchObject([{ code: 'adapter.wessex-incidents.record-too-long' }]);
    const many = inJson(Array.from({ length: 100_001 }, () => '{}').join(','));
    expect(refusalsOf(json, many)).toMatchObject([{ code: 'adapter.wessex-incidents.too-many-rows' }]);
    const wide = Array.from({ length: 1001 }, (_, n) => `"a${n}":1`).join(',');
    expect(refusalsOf(json, inJson(`{"id":"1",${wide}}`))).toMatchObject([{ code: 'adapter.wessex-incidents.too-many-columns' }]);
  });

  it('T63 with names that every object has keeps them as names', () => {
    const text = inXml(
      '<Incident id="1" constructor="c"><__proto__>p</__proto__><toString>t</toString><Recorded>2026-11-16</Recorded></Incident>',
    );
    const { events } = read(xml, text);
    expect(events[0]?.warnings.map(({ at }) => at)).toEqual(['@constructor', '__proto__', 'toString']);
    expect(write(xml, events).text).toBe(text);
    const list = inJson('{"constructor":"c","id":"1","recorded":"2026-11-16","toString":{}}');
    expect(write(json, read(json, list).events).text).toBe(list);
  });

  it('is recognised by its root element, or by the names on the path to its records', () => {
    expect(xml.detect('<?xml version="1.0"?>\n<!-- <Other> -->\n<Export version="1">')).toBe(true);
    expect(xml.detect('<Exports>')).toBe(false);
    expect(json.detect(inJson('{"id":"1"}'))).toBe(true);
    expect(json.detect('{"export":[]}')).toBe(false);
  });

  it('is not read in pieces', () => {
    expect([xml.decodeStream, json.decodeStream]).toEqual([undefined, undefined]);
  });
});

describe('every message of generated records', () => {
  const word = fc.oneof(
    fc.constantFrom('', ' ', '2026-11-16', 'true', '100', 'O’DEA', '&', '<b>', ']]>', '"', '\t', ' x ', '\u0085', '😀'),
    fc.string({ unit: fc.constantFrom('a', '&', '<', '>', '"', "'", ' ', '\n', 'é', '\\', '/', '{', '[', ',') }),
  );
  const space = fc.constantFrom('', ' ', '\n    ', '\r\n\t');
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&#62;').replaceAll('"', '&quot;');

  it('in XML is written back byte for byte, whatever its layout, comments, sections and unknown elements', () => {
    const leaf = (name: string) =>
      fc.oneof(
        fc.constant(''),
        fc.constantFrom(`<${name}/>`, `<${name} a="b"/>`, `<${name} xmlns:z="urn:z"></${name}>`),
        word.map((text) => `<${name}>${escaped(text)}</${name}>`),
        word.map((text) => `<${name}><![CDATA[${text.replaceAll(']]>', '')}]]></${name}>`),
      );
    const between = fc.oneof(space, fc.constantFrom('<!-- c -->', '<?p i?>', '<Other>o</Other>', 'loose'));
    const parts = fc.tuple(
      ...['Recorded', 'Beat', 'Linked', 'Unknown'].map(leaf),
      leaf('Street').map((street) => (street === '' ? '' : `<Location uprn="1">${street}</Location>`)),
      leaf('Surname').map((surname) => `<Suspect>${surname}</Suspect>${surname}`),
    );
    const record = fc.tuple(word, parts, space, between).map(([id, fields, gap, after]) => {
      const date = (fields[0] ?? '').includes('2026-11-16') ? '' : '<Recorded>2026-11-16</Recorded>';
      return `<Incident id="${escaped(id)}x">${date}${fields.join(gap)}</Incident>${after}`;
    });
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), space, fc.boolean(), (records, gap, hasMark) => {
        const text = `${hasMark ? '\ufeff' : ''}${inXml(gap + records.join(gap))}${gap}`;
        const { events, refused } = read(xml, text);
        if (refused !== undefined) return;
        expect(write(xml, events).text).toBe(text);
        expect(JSON.stringify(read(xml, text).events)).toBe(JSON.stringify(events));
      }),
    );
  });

  it('in JSON is written back byte for byte, whatever its layout, escapes, order and unknown members', () => {
    const value = fc.oneof(word, fc.constantFrom(null, true, 100, 1.5), fc.constantFrom<object>({ a: [1, { b: null }] }, [], {}));
    const written = fc.tuple(value, fc.boolean()).map(([drawnValue, isEscaped]) => {
      const text = JSON.stringify(drawnValue);
      return isEscaped ? text.replaceAll('a', '\\u0061').replaceAll('/', '\\/') : text;
    });
    const member = fc.tuple(fc.constantFrom('beat', 'linked', 'location', 'suspects', 'other', 'street'), written, space);
    const record = fc.uniqueArray(member, { selector: ([name]) => name, maxLength: 5 }).chain((members) =>
      fc.shuffledSubarray(
        ['"id":"1"', '"recorded" : "2026-11-16"', ...members.map(([name, text, gap]) => `${gap}"${name}":${gap}${text}`)],
        {
          minLength: members.length + 2,
        },
      ),
    );
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), space, (records, gap) => {
        const text = gap + inJson(records.map((members) => `${gap}{${members.join(`${gap},`)}}`).join(`${gap},`)) + gap;
        const decoded = json.decode(Buffer.from(text));
        if (!decoded.ok || decoded.value.refused !== undefined) return;
        expect(write(json, decoded.value.events).text).toBe(text);
        expect(JSON.stringify(read(json, text).events)).toBe(JSON.stringify(decoded.value.events));
      }),
    );
  });

  it('made from events is written, and gives the same events when read', () => {
    const text = fc
      .string({ unit: fc.constantFrom('a', '&', '<', ']', '>', '"', "'", ' ', 'é', '\\', '\n', '\r', '\t'), minLength: 1 })
      .map((text) => text.trim())
      .filter((text) => text !== '');
    const data = fc.record({
      reference: text,
      street: fc.option(text),
      first: fc.option(text),
      second: fc.option(text),
      uprn: fc.option(fc.nat()),
    });
    fc.assert(
      fc.property(fc.array(data, { minLength: 1, maxLength: 4 }), (all) => {
        const events = all.map(({ reference, street, first, second, uprn }) => ({
          standard: 'crime.recorded',
          data: {
            crime: {
              reference,
              recordedDate: '2026-11-16',
              ...(street === null && uprn === null
                ? {}
                : { address: { ...(street === null ? {} : { street }), ...(uprn === null ? {} : { uprn: String(uprn) }) } }),
            },
            ...(first === null
              ? {}
              : { suspects: [first, ...(second === null ? [] : [second])].map((familyName) => ({ person: { name: { familyName } } })) }),
          },
        }));
        for (const adapter of [xml, json]) {
          const back = read(adapter, write(adapter, events).bytes).events;
          expect(back.map((event) => event.data)).toEqual(events.map((event) => event.data));
        }
      }),
    );
  });
});

describe('the description of a nested source (T63)', () => {
  it('is refused with all faults at once', () => {
    const paths = ['@id', 'A/B', 'A', 'C[2]', 'D/@e/f', '__proto__', undefined];
    const wrong = paths.map((path, n) => ({ ...XML_COLUMNS[n], ...(path === undefined ? { path: undefined } : { path }) }) as SourceColumn);
    expect(faultsOf(XML_SOURCE, [...wrong, { name: 'beat', path: '@id', datatype: 'number', start: 1 }])).toEqual(
      expect.arrayContaining([
        '/source/tableSchema/columns/2/path: Another column stands in the text that this one would have',
        '/source/tableSchema/columns/3/path: A column for the place before this one comes first',
        expect.stringContaining('/source/tableSchema/columns/4/path: Element names with / between them'),
        '/source/tableSchema/columns/5/path: No message can have this name',
        '/source/tableSchema/columns/6: Say in path where the column is in a record',
        '/source/tableSchema/columns/7/path: Another column has this path',
        '/source/tableSchema/columns/7/datatype: Every value in XML is text',
        '/source/tableSchema/columns/7: Only a column of fixed width has start, length, pad or align',
      ]),
    );
  });
  it('is refused with options of another kind of source', () => {
    expect(faultsOf({ ...XML_SOURCE, record: 'Export', dialect: {}, namespace: 'not a uri' }, XML_COLUMNS)).toEqual([
      expect.stringContaining('/source/record: Element names from the root'),
      expect.stringContaining('/source/dialect: XML and JSON say for themselves'),
      '/source/namespace: The URI of the namespace of the elements',
    ]);
    expect(
      faultsOf({ ...JSON_SOURCE, record: 'x', namespace: 'urn:x' }, [
        { ...JSON_COLUMNS[0], path: '/a/0' } as SourceColumn,
        ...JSON_COLUMNS.slice(1),
        { name: 'other', path: '/a/b' },
      ]),
    ).toEqual(
      expect.arrayContaining([
        expect.stringContaining('/source/record: A JSON Pointer'),
        '/source/namespace: JSON has no namespaces',
        '/source/tableSchema/columns/8/path: Another column takes for an object what this one takes for a list',
      ]),
    );
    expect(faultsOf({ format: 'json' }, JSON_COLUMNS)).toEqual(['/source: Say in record where the records are']);
    expect(faultsOf({ record: '/a' }, [{ name: 'reference', path: 'x' }])).toEqual(
      expect.arrayContaining(['/source: Only a source of XML or JSON has record or namespace: set format']),
    );
    expect(faultsOf({ format: 'yaml', record: '/a' }, JSON_COLUMNS)).toHaveLength(1);
  });
});
