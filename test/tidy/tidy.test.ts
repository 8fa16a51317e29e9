/**
 * The rules of the house that neither the compiler nor the linter can hold: layers, names, files.
 * A failure names the file, the rule and what to do.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NEWEST_RELEASE, SWITCHES } from '../../kernel/src/index.js';
import { UNREAD } from '../../kernel/src/switches/unread.js';
import { readersOfSwitches } from '../../scripts/generate/switchReaders.js';

/** What git tracks or would track: a file that is ignored is nobody's business. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
  maxBuffer: 64 << 20,
})
  .split('\n')
  .filter(file => file !== '' && existsSync(file));

const read = (file: string): string => readFileSync(file, 'utf8');
const sources = files.filter(file => /\.(ts|mjs)$/.test(file));
const product = sources.filter(file => /^(kernel|simulator|server|client)\//.test(file));
const isText = (file: string): boolean => !/\.(png|webp|gz|wasm|ico)$/.test(file);

/** The layers, each with the layers it may import. A layer is a folder; the longest match wins. */
const LAYERS: Record<string, readonly string[]> = {
  'kernel/src': [],
  'simulator/src': ['kernel/src'],
  'server/protocol': ['kernel/src', 'simulator/src'],
  'server/src/syntax': ['kernel/src'],
  'server/src/analysis': ['kernel/src', 'server/src/syntax'],
  'server/src/rules': ['kernel/src', 'server/src/syntax', 'server/src/analysis'],
  'server/src/config': ['kernel/src', 'server/src/rules'],
  'server/src/ide': [
    'kernel/src',
    'simulator/src',
    'server/src/syntax',
    'server/src/analysis',
    'server/src/rules',
    'server/src/config',
  ],
  'server/src/workspace': ['kernel/src', 'server/src/syntax', 'server/src/ide'],
  'server/src/lsp': [
    'kernel/src',
    'simulator/src',
    'server/protocol',
    'server/src/syntax',
    'server/src/analysis',
    'server/src/rules',
    'server/src/config',
    'server/src/ide',
    'server/src/workspace',
  ],
  'server/src/cli': [
    'kernel/src',
    'simulator/src',
    'server/src/syntax',
    'server/src/analysis',
    'server/src/rules',
    'server/src/config',
    'server/src/ide',
    'server/src/workspace',
    'server/src/lsp',
  ],
  'client/src': ['server/protocol', 'client/webview'],
  'client/webview': ['kernel/src', 'simulator/src', 'server/protocol'],
};

/** Of the client, only the message types of the panel are shared with the extension host. */
const SHARED_WITH_CLIENT = 'client/webview/messages.ts';

const PURE = [
  'kernel/src',
  'simulator/src',
  'server/src/syntax',
  'server/src/analysis',
  'server/src/rules',
  'server/src/config',
  'server/src/ide',
];

const layerOf = (file: string): string | undefined =>
  Object.keys(LAYERS).find(layer => file.startsWith(`${layer}/`));

function importsOf(file: string): string[] {
  return [...read(file).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => match[1] as string);
}

/** What orders releases, picks one by its place or takes its text apart: all that kernel/ has functions for. */
const RELEASE_COMPARISONS: readonly RegExp[] = [
  /\b(release|kernel|version)\b[\w.]*\s*(===|!==|<=?|>=?)\s*['"]v?\d+\.\d+/,
  /\b[rR]elease\s*(?:<=?|>=?)\s*[\w.]*\b[rR]elease\b|\brelease\s+(?:<=?|>=?)\s+\w/,
  /\bRELEASES\b[\])]*\s*(?:\[|\.(?:indexOf|lastIndexOf|findIndex|findLastIndex|at|slice|entries|length|toSorted|sort)\b)/,
  /\bRELEASES\.(?:map|flatMap|forEach|filter|find)\(\(\w+, \w+/,
  /\b[rR]elease\.(?:localeCompare|split|match)\b/,
  /\b(?:Number|parseInt|parseFloat)\((?:[\w.]+\.)?[rR]elease\b/,
  /\b(?:compareReleases|releaseIndex)\b/,
];

function releaseComparisons(text: string): string[] {
  return RELEASE_COMPARISONS.flatMap(comparison => comparison.exec(text)?.[0] ?? []);
}

describe('layers', () => {
  it('every product source belongs to a layer', () => {
    expect(product.filter(file => layerOf(file) === undefined)).toEqual([]);
  });

  it('a layer imports only the layers below it', () => {
    const wrong: string[] = [];
    for (const file of product) {
      const layer = layerOf(file) as string;
      for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
        const target = normalize(join(dirname(file), specifier)).replace(/\.js$/, '.ts');
        const to = layerOf(target);
        if (to === layer) continue;
        const allowed =
          to !== undefined &&
          (LAYERS[layer] as readonly string[]).includes(to) &&
          (layer !== 'client/src' || to !== 'client/webview' || target === SHARED_WITH_CLIENT);
        if (!allowed) wrong.push(`${file} imports ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('another layer is imported through its index, its plain types excepted', () => {
    const open = new Set([
      'server/src/syntax/ast.ts',
      'server/src/rules/rule.ts',
      'server/src/ide/types.ts',
      SHARED_WITH_CLIENT,
    ]);
    const wrong: string[] = [];
    for (const file of product) {
      for (const specifier of importsOf(file).filter(name => name.startsWith('.'))) {
        const target = normalize(join(dirname(file), specifier)).replace(/\.js$/, '.ts');
        if (layerOf(target) === layerOf(file) || open.has(target) || target.endsWith('/index.ts')) continue;
        // The command line starts the server by its entry, as an editor does.
        if (file === 'server/src/cli/serve.ts' && target.startsWith('server/src/lsp/')) continue;
        wrong.push(`${file} imports ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('nothing below lsp, cli and workspace knows node, an editor, a clock or chance', () => {
    const wrong: string[] = [];
    for (const file of product.filter(name => PURE.some(layer => name.startsWith(`${layer}/`)))) {
      for (const specifier of importsOf(file)) {
        if (!specifier.startsWith('.') && specifier !== 'web-tree-sitter') {
          wrong.push(`${file} imports ${specifier}`);
        }
      }
      for (const word of read(file).matchAll(
        /\b(Date\.now|new Date|Math\.random|performance\.now|setTimeout)\b/g,
      )) {
        wrong.push(`${file} uses ${word[0]}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('what the server runs of in a browser too knows no node', () => {
    const shared = /^server\/src\/(lsp\/(?!node\/|index\.ts)|workspace\/content\/)/;
    const wrong = product
      .filter(file => shared.test(file))
      .flatMap(file =>
        importsOf(file)
          .filter(name => name.startsWith('node:') || /\/(workspace|node)\/(?!content\/)|\/node$/.test(name))
          .map(name => `${file} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('only lsp and protocol know the Language Server Protocol, only the client knows VS Code', () => {
    const wrong: string[] = [];
    for (const file of product) {
      for (const specifier of importsOf(file)) {
        const lsp =
          /^vscode-(languageserver|jsonrpc)/.test(specifier) && !/^server\/(src\/lsp|protocol)\//.test(file);
        const vscode = /^vscode(-languageclient.*)?$/.test(specifier) && !file.startsWith('client/src/');
        if (lsp || vscode) wrong.push(`${file} imports ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('no release is compared outside kernel/: behaviour that changed is a named switch', () => {
    const wrong = sources
      .filter(file => !/^(kernel|test)\//.test(file))
      .flatMap(file => releaseComparisons(read(file)).map(found => `${file}: ${found}`));
    expect(wrong).toEqual([]);
  });

  it.each([
    "if (release === '6.5') return;",
    "profile.release >= 'v5.10'",
    'RELEASES.indexOf(release) < 3',
    'RELEASES.findLastIndex(one => one === release)',
    'const newest = RELEASES[RELEASES.length - 1];',
    'RELEASES.at(-1)',
    'RELEASES.slice(4)',
    '[...RELEASES].indexOf(release)',
    'RELEASES.map((release, index) => [release, index])',
    'RELEASES.entries()',
    'release < other',
    'profile.release <= from.release',
    "release.localeCompare(other, 'en', { numeric: true })",
    "release.split('.')",
    'Number.parseFloat(release)',
    'Number(profile.release)',
    'compareReleases(a, b)',
    'releaseIndex(a)',
  ])('a comparison of releases is seen in: %s', text => {
    expect(releaseComparisons(text)).not.toEqual([]);
  });

  it.each([
    'isOlder(release, other)',
    'profile.release === other.release',
    'RELEASES.filter(release => others.has(release))',
    '[...RELEASES].reverse().map(release => release)',
    'versionCode(6, 5, 0) <= codes.high',
    'const kept = new Map<Release, string>();',
    "release => release.startsWith('6.')",
    'a.releases.length > b.releases.length',
  ])('none is seen in: %s', text => {
    expect(releaseComparisons(text)).toEqual([]);
  });
});

describe('a new release', () => {
  it('is spelt in the tables only: adding one touches no other code', () => {
    const newest = new RegExp(`\\b${NEWEST_RELEASE.replace('.', '\\.')}\\b`);
    const code = sources.filter(file => !file.startsWith('test/'));
    const where = /^kernel\/src\/(?:release\.ts$|flags\/|functions\/|switches\/)/;
    expect(code.filter(file => newest.test(read(file)) && !where.test(file))).toEqual([]);
    // The list itself is spelt where CONTRIBUTING.md sends whoever adds one.
    const recipe = /### A kernel release\n([\s\S]*?)\n### /.exec(read('CONTRIBUTING.md'))?.[1] ?? '';
    for (const place of ['kernel/src/release.ts', 'flags/', 'functions/', 'switches/']) {
      expect(recipe).toContain(place);
    }
  });
});

describe('a switch of kernel/', () => {
  const readers = readersOfSwitches('.');
  const documented = SWITCHES.filter(fact => readers.get(fact.name) === 'documentation');

  it('is asked for, or says in kernel/src/switches/unread.ts why not', () => {
    // One that is on in no release was only proposed.
    const idle = documented.filter(fact => fact.on.length > 0 && UNREAD[fact.name] === undefined);
    expect(idle.map(fact => fact.name)).toEqual([]);
  });

  it('has no reason there if it is asked for: take it out', () => {
    const names = new Set<string>(documented.map(fact => fact.name));
    expect(Object.keys(UNREAD).filter(name => !names.has(name))).toEqual([]);
  });
});

describe('files', () => {
  it('text files end in one newline and have no trailing blanks in code', () => {
    const wrong = files.filter(isText).filter(file => {
      const text = read(file);
      return text !== '' && (!text.endsWith('\n') || text.endsWith('\n\n\n'));
    });
    expect(wrong).toEqual([]);
  });

  it('a source beyond 500 lines has a reason', () => {
    /** File → why it is one concept that reads best in one piece. */
    const reasons: Record<string, string> = {};
    const long = sources
      .filter(file => read(file).split('\n').length > 501)
      .filter(file => !(file in reasons));
    expect(long).toEqual([]);
  });

  it('no path of one machine, no registry host', () => {
    const path = /(^|[^A-Za-z0-9.~*])\/(tmp|root|home|work|farm)\/[a-z.]/m;
    const host = /registry\.[a-z]+js\.org|deb\.debian\.org/;
    const wrong = files
      .filter(isText)
      .filter(file => file !== 'test/tidy/tidy.test.ts')
      .filter(file => path.test(read(file)) || host.test(read(file)));
    expect(wrong).toEqual([]);
  });

  it('the lockfile names no address', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved"|https?:\/\/registry/);
  });

  it('no test is skipped or singled out, no check is silenced', () => {
    const silenced =
      /\b(it|test|describe)\.(skip|only|todo|fails)\b|\bxit\(|@ts-(ignore|expect-error|nocheck)|biome-ignore/;
    const wrong = sources
      .filter(file => file !== 'test/tidy/tidy.test.ts')
      .filter(file => silenced.test(read(file)));
    expect(wrong).toEqual([]);
  });

  it('every exported function and class of the product says what it does', () => {
    const wrong: string[] = [];
    for (const file of product) {
      const lines = read(file).split('\n');
      lines.forEach((line, index) => {
        if (!/^export (async )?(function|class|abstract class)\b/.test(line)) return;
        if (!/\*\/\s*$/.test(lines[index - 1] ?? '')) wrong.push(`${file}:${index + 1} ${line.trim()}`);
      });
    }
    expect(wrong).toEqual([]);
  });

  it('every source file of the product opens with what it is for, or defines one documented thing', () => {
    const wrong = product
      .filter(file => extname(file) === '.ts')
      .filter(file => !/^\s*(\/\*\*|\/\/)|\n\/\*\*/.test(read(file)));
    expect(wrong).toEqual([]);
  });

  it('the pages that a newcomer needs are there', () => {
    const pages = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE', '.ci/run'];
    expect(pages.filter(page => !existsSync(page))).toEqual([]);
  });

  it('links between pages lead somewhere', () => {
    const wrong: string[] = [];
    for (const page of files.filter(file => file.endsWith('.md'))) {
      for (const [, target] of read(page).matchAll(/\]\((?!https?:|#|command:|mailto:)([^)#\s]+)[^)]*\)/g)) {
        if (!existsSync(join(dirname(page), target as string))) wrong.push(`${page} → ${target}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});
