/** The command line’s help, suggestions and completion come from one table, and load no code of verbs. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { completionOf } from '../../gateway/cli/completion.ts';
import { run } from '../../gateway/cli/main.ts';
import { nearest } from '../../gateway/cli/suggest.ts';
import { COMMON_OPTIONS } from '../../gateway/cli/verbs/description.ts';
import { ALL_VERBS } from '../../gateway/cli/verbs/verbs.ts';
import { HOME } from '../../gateway/config.ts';
import { makeIo } from '../support/io.ts';

const folder = mkdtempSync(join(tmpdir(), 'verbs-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function interchange(...words: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const lines: string[] = [];
  const code = await run(
    words,
    makeIo({}, (text) => lines.push(text)),
  );
  return { code, text: lines.join('\n') };
}

describe('help', () => {
  it.each(ALL_VERBS.map(({ name }) => name))('of %s describes every option, and names each in one line', async (name) => {
    const { code, text } = await interchange(name, '--help');
    expect(code).toBe(0);
    const { options, actions = {} } = ALL_VERBS.find((verb) => verb.name === name) ?? { options: {} };
    for (const [option, { description }] of Object.entries({ ...options, ...COMMON_OPTIONS })) {
      expect(description.length, option).toBeGreaterThan(10);
      expect(text).toMatch(new RegExp(`^ .*--${option}\\b.*  \\S`, 'm'));
    }
    for (const action of Object.keys(actions)) expect(text).toMatch(new RegExp(`^  ${action} +\\S`, 'm'));
  });
  it('lists every option of the usage lines, and every action', () => {
    for (const { name, usage, options, actions = {} } of ALL_VERBS)
      for (const form of usage) {
        for (const [, option = ''] of form.matchAll(/--([a-z][a-z0-9-]*)/g))
          expect(Object.keys(options), `${name} ${form}`).toContain(option);
        const [word = ''] = form.split(' ');
        if (/^[a-z]+$/.test(word)) expect(Object.keys(actions)).toContain(word);
      }
  });
});

/** Loads the command line, runs one call, and prints the files that it loaded. */
const LOADED = `
import module from 'node:module';
const loaded = [];
module.registerHooks({ load(url, context, next) { loaded.push(url); return next(url, context); } });
const { main } = await import(${JSON.stringify(pathToFileURL(join(HOME, 'gateway/cli/main.ts')).href)});
await main(process.argv.slice(2));
process.stderr.write(JSON.stringify(loaded));
`;

describe('a call', () => {
  const program = join(folder, 'loaded.mjs');
  writeFileSync(program, LOADED);
  const loadedBy = (...words: string[]): readonly string[] => {
    const { stderr } = spawnSync(process.execPath, [program, ...words], { encoding: 'utf8', cwd: folder });
    return JSON.parse(stderr.slice(stderr.lastIndexOf('["'))) as string[];
  };
  it.each([[['--version']], [['--help']], [['conformance', '--help']], [['serve', '--help']], [['completion', 'bash']]])(
    'loads only the table of verbs for %s',
    (words) => {
      const loaded = loadedBy(...words).filter((url) => url.startsWith('file:'));
      expect(loaded.length).toBeLessThan(20);
      expect(loaded.filter((url) => url.includes('node_modules') || url.endsWith('/gateway/config.ts'))).toEqual([]);
    },
  );
  it('does not load the gateway for a verb that only calls one', () => {
    const loaded = loadedBy('send', '--url', 'http://127.0.0.1:9', '--token', 'none');
    expect(loaded.some((url) => url.endsWith('/cli/send.ts'))).toBe(true);
    expect(loaded.filter((url) => /\/gateway\/(main|start\/\w+)\.ts$|node_modules\/(express|kafkajs|nunjucks|pino)\//.test(url))).toEqual(
      [],
    );
  });
});

describe('a mistyped word', () => {
  it.each([
    [['sned'], 2, 'Did you mean send?'],
    [['doctr'], 2, 'Did you mean doctor?'],
    [['send', '--adaptor', 'x'], 2, 'Did you mean --adapter?'],
    [['listen', '--cuont', '1'], 2, 'Did you mean --count?'],
    [['audit', 'verfy'], 2, 'Did you mean verify?'],
  ])('%s gets a suggestion of the intended word', async (words, code, text) => {
    expect(await interchange(...words)).toMatchObject({ code, text: expect.stringContaining(text) });
  });
  it('that resembles nothing gets no suggestion', async () => {
    expect((await interchange('quux')).text).not.toContain('Did you mean');
    expect(nearest('zzzz', ['send', 'listen'])).toBeUndefined();
    expect(nearest('x'.repeat(100_000), ['send', 'listen'])).toBeUndefined();
  });
});

/** Whether a shell is installed here. */
const installed = (shell: string): boolean =>
  (process.env.PATH ?? '')
    .split(':')
    .some((directory) => directory !== '' && existsSync(directory) && readdirSync(directory).includes(shell));

describe('completion', () => {
  const file = (shell: 'bash' | 'zsh' | 'fish'): string => {
    const path = join(folder, `completion.${shell}`);
    writeFileSync(path, `${completionOf(shell)}\n`);
    return path;
  };
  const inBash = (...words: string[]): readonly string[] => {
    const script = `source ${file('bash')}; COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _interchange; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', script], { encoding: 'utf8', cwd: folder }).trim().split('\n').filter(Boolean);
  };
  it('in Bash offers verbs, actions, options and the values of an option', () => {
    expect(inBash('interchange', 'do')).toEqual(['doctor']);
    expect(inBash('interchange', '')).toEqual(expect.arrayContaining(ALL_VERBS.map(({ name }) => name)));
    expect(inBash('interchange', 'keys', 'r')).toEqual(['rotate', 'revoke']);
    expect(inBash('interchange', 'convert', '--l')).toEqual(['--lenient']);
    expect(inBash('interchange', 'convert', '--to', 'e')).toEqual(['event']);
    expect(inBash('interchange', 'send', 'completion.b')).toEqual(['completion.bash']);
  });
  it.skipIf(!installed('zsh'))('in Zsh is valid Zsh code', () => {
    execFileSync('zsh', ['-n', file('zsh')]);
    const script = `autoload -Uz compinit; compinit -u -d ${join(folder, 'zcompdump')}; source ${file('zsh')}; print -r -- $_comps[interchange]`;
    expect(execFileSync('zsh', ['-f', '-c', script], { encoding: 'utf8' }).trim()).toBe('_interchange');
  });
  it.skipIf(!installed('fish'))('in fish offers verbs, actions, options and the values of an option', () => {
    const inFish = (line: string): string =>
      execFileSync('fish', ['--no-config', '-c', `source ${file('fish')}; complete -C '${line}'`], { encoding: 'utf8' });
    expect(inFish('interchange do')).toContain('doctor');
    expect(inFish('interchange keys r')).toMatch(/rotate[\s\S]*revoke|revoke[\s\S]*rotate/);
    expect(inFish('interchange convert --l')).toContain('--lenient');
    expect(inFish('interchange convert --to e')).toContain('event');
  });
  it('offers every verb and every option, in each shell', () => {
    for (const shell of ['bash', 'zsh', 'fish'] as const) {
      const text = completionOf(shell);
      for (const { name, options } of ALL_VERBS) {
        expect(text).toContain(name);
        for (const option of Object.keys(options)) expect(text).toContain(shell === 'fish' ? `-l ${option} ` : `--${option}`);
      }
    }
  });
});
