import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { XmlDocument, type XmlElement } from 'libxml2-wasm';
import { describe, expect, it } from 'vitest';
import { NEW_CASE } from '../../../adapters/spi/new-case.ts';
import { RESULTED_CASE } from '../../../adapters/spi/resulted-case.ts';
import type { ElementSpec, MessageSpec } from '../../../adapters/xml/table.ts';
import { CORPUS, hasCorpus } from '../../support/corpus.ts';

const XSD = 'http://www.w3.org/2001/XMLSchema';
const FILES = ['CPP-StdProsPoliceCase-v1-2', 'CPP-StdProsPoliceResult-v1-2', 'CPP-StdProsPoliceComplexTypes-v1-2', 'BS7666-v1-3'];

/** The global definitions of the official schemas, by kind and local name. */
function definitions(): ReadonlyMap<string, XmlElement> {
  const found = new Map<string, XmlElement>();
  for (const file of FILES) {
    const { root } = XmlDocument.fromBuffer(readFileSync(join(CORPUS, 'spi-xsd', `${file}.xsd`)));
    for (const node of childrenOf(root)) found.set(`${node.name} ${node.attr('name')?.content}`, node);
  }
  return found;
}

const childrenOf = (node: XmlElement): readonly XmlElement[] => node.find('*') as XmlElement[];
const local = (name: string | undefined): string => name?.split(':').pop() ?? '';

/** Every path of element names below a type, and every attribute of it. */
function pathsOf(node: XmlElement, all: ReadonlyMap<string, XmlElement>, path: string, out: Set<string>): Set<string> {
  for (const child of childrenOf(node)) {
    if (child.namespaceUri !== XSD) continue;
    if (child.name === 'element') {
      const name = local(child.attr('name')?.content ?? child.attr('ref')?.content);
      const below = `${path}/${name}`;
      out.add(below);
      const type = all.get(`complexType ${local(child.attr('type')?.content)}`);
      pathsOf(type ?? child, all, below, out);
    } else if (child.name === 'attribute') out.add(`${path}/@${child.attr('name')?.content}`);
    else if (child.name === 'group') pathsOf(all.get(`group ${local(child.attr('ref')?.content)}`) as XmlElement, all, path, out);
    else pathsOf(child, all, path, out);
  }
  return out;
}

function tablePaths(spec: ElementSpec, path: string, out: Set<string>): Set<string> {
  for (const child of spec.children ?? []) {
    const below = child.group ? path : `${path}/${child.name}`;
    if (!child.group) out.add(below);
    tablePaths(child, below, out);
  }
  return out;
}

const officialPaths = (type: string): readonly string[] => {
  const all = definitions();
  return [...pathsOf(all.get(`complexType ${type}`) as XmlElement, all, '', new Set())];
};

describe.runIf(hasCorpus)('the table has a place for every element and attribute of the official schemas', () => {
  it.each([
    ['StdProsPoliceNewCaseStructure', NEW_CASE, 180],
    ['StdProsPoliceResultedCaseStructure', RESULTED_CASE, 120],
  ] as const)('%s', (type: string, spec: MessageSpec, atLeast: number) => {
    const official = officialPaths(type);
    const paths = tablePaths(spec.root, '', new Set());
    for (const name of Object.keys(spec.attributes)) paths.add(`/@${name}`);
    expect(official.length).toBeGreaterThan(atLeast);
    expect(official.filter((path) => !paths.has(path))).toEqual([]);
  });
});
