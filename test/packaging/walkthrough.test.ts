/** The walkthrough and the commands of the manifest: what they name is there. */

import { readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXPLAIN_COMMAND } from '../../server/protocol/index.js';

interface Step {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly media: { readonly svg: string; readonly altText: string };
  readonly completionEvents: readonly string[];
}

const { contributes } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  contributes: {
    readonly commands: readonly { readonly command: string; readonly category: string }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    readonly walkthroughs: readonly { readonly id: string; readonly steps: readonly Step[] }[];
  };
};
const commands = new Set(contributes.commands.map(({ command }) => command));
const views = new Set(Object.values(contributes.views).flatMap(list => list.map(({ id }) => id)));
const steps = contributes.walkthroughs.flatMap(walkthrough => walkthrough.steps);

describe('the walkthrough', () => {
  it('has steps with a short text and a small picture that needs no colour of its own', () => {
    expect(steps.length).toBeGreaterThan(3);
    for (const { id, description, media } of steps) {
      expect(description.length, id).toBeLessThan(400);
      // Marks are doubled there: a single one would be shown as it is.
      expect(description.replace(/``[^`]+``|\*\*[^*]+\*\*/g, ''), id).not.toMatch(/[`*]/);
      expect(statSync(media.svg).size, id).toBeLessThan(3072);
      const svg = readFileSync(media.svg, 'utf8');
      expect(svg.match(/<title>([^<]+)<\/title>/)?.[1], id).toBe(media.altText);
      // VS Code admits no style sheet in a picture, and fills in the colours of the theme.
      expect(svg, id).not.toMatch(/<style|style=|(?:fill|stroke)="#/);
    }
  });

  it('leads to commands that are there', () => {
    const theirs = /^(?:vscode\.openFolder|workbench\.action\.openSettings)$/;
    const named = steps.flatMap(({ description }) =>
      [...description.matchAll(/\(command:([\w.]+)/g)].map(([, command]) => command ?? ''),
    );
    expect(named.length).toBeGreaterThan(steps.length - 1);
    // VS Code makes a command of its own for each view.
    const known = (command: string): boolean =>
      commands.has(command) || theirs.test(command) || views.has(command.replace(/\.focus$/, ''));
    expect(named.filter(command => !known(command))).toEqual([]);
  });

  it('is done with by events that can happen', () => {
    for (const { id, completionEvents } of steps) {
      for (const event of completionEvents) {
        const [kind, what = ''] = event.split(':');
        const happens =
          event === 'onStepSelected' ||
          (kind === 'onCommand' && (commands.has(what) || what === EXPLAIN_COMMAND)) ||
          (kind === 'onView' && views.has(what)) ||
          (kind === 'onSettingChanged' && what in contributes.configuration.properties);
        expect(happens, `${id}: ${event}`).toBe(true);
      }
    }
  });
});

describe('the command palette', () => {
  it('has all commands under one name', () => {
    expect(new Set(contributes.commands.map(({ category }) => category))).toEqual(new Set(['GUP Lens']));
  });
});
