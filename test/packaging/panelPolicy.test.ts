/** The simulator panel's page: what it may load and run. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { contentSecurityPolicy, panelHtml } from '../../client/src/panelHtml.js';
import { PANEL_BUNDLES } from './shipped.js';

const resources = {
  cspSource: 'https://*.vscode-cdn.net',
  nonce: 'c2VjcmV0IG51bWJlcg==',
  script: 'https://file.vscode-cdn.net/dist/panel.js',
  style: 'https://file.vscode-cdn.net/dist/panel.css?a="b"&c',
  litmus: 'https://file.vscode-cdn.net/dist/litmus.json',
};

describe('the policy of the panel', () => {
  const policy = contentSecurityPolicy(resources);
  const directives = new Map(policy.split('; ').map(text => [text.split(' ')[0], text.split(' ').slice(1)]));

  it('allows nothing by default, and nothing unsafe', () => {
    expect(directives.get('default-src')).toEqual(["'none'"]);
    expect(policy).not.toMatch(/unsafe|\*(?!\.vscode-cdn\.net)|data:/);
  });

  it('runs only the script with the nonce, and workers only from a blob', () => {
    expect(directives.get('script-src')).toEqual([`'nonce-${resources.nonce}'`]);
    expect(directives.get('worker-src')).toEqual(['blob:']);
  });

  it('reaches only the resources of the extension', () => {
    expect(directives.get('connect-src')).toEqual([resources.cspSource]);
    expect(directives.get('style-src')).toEqual([resources.cspSource]);
  });
});

describe('the page of the panel', () => {
  const html = panelHtml(resources);

  it('has no inline script, style or handler', () => {
    expect([...html.matchAll(/<script\b[^>]*>([^<]*)/g)].map(match => match[1])).toEqual(['']);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=/);
  });

  it('escapes what is put into it', () => {
    expect(html).toContain('panel.css?a=&#34;b&#34;&#38;c');
  });

  it('is served scripts that need no permission to make code from text, nor to write HTML', () => {
    for (const bundle of PANEL_BUNDLES) {
      expect(readFileSync(bundle, 'utf8'), bundle).not.toMatch(
        /\beval\(|new Function\b|\.innerHTML\b|insertAdjacentHTML/,
      );
    }
  });
});
