import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  contributedSettings,
  DEFAULT_SETTINGS,
  parseSettings,
  SETTINGS,
} from '../../server/src/config/index.js';

const messages = (value: unknown): string[] => parseSettings(value).problems.map(({ message }) => message);

describe('parseSettings', () => {
  it('reads nested and dotted keys, with and without the section', () => {
    const forms: unknown[] = [
      { kernel: { release: '6.1' }, hover: { simulate: false } },
      { gupLens: { kernel: { release: '6.1' }, hover: { simulate: false } } },
      { 'gupLens.kernel.release': '6.1', 'gupLens.hover.simulate': false },
      { 'kernel.release': '6.1', 'hover.simulate': false },
      { gupLens: { kernel: { release: '6.1' }, 'hover.simulate': false }, clangd: { path: 1 } },
    ];
    for (const form of forms) {
      const { settings, problems } = parseSettings(form);
      expect(problems).toEqual([]);
      expect(settings).toEqual({ ...DEFAULT_SETTINGS, kernelRelease: '6.1', hoverSimulate: false });
    }
  });

  it('gives the defaults for nothing', () => {
    for (const nothing of [null, undefined, {}, { gupLens: null }, { gupLens: {} }]) {
      expect(parseSettings(nothing)).toEqual({ settings: DEFAULT_SETTINGS, problems: [] });
    }
  });

  it('names a wrong value, takes its default, and keeps the rest', () => {
    const { settings, problems } = parseSettings({ hover: { enable: 'yes', simulate: false } });
    expect(problems).toEqual([
      {
        key: 'gupLens.hover.enable',
        message: 'gupLens.hover.enable must be true or false, not "yes"; true is used',
      },
    ]);
    expect(settings).toEqual({ ...DEFAULT_SETTINGS, hoverSimulate: false });
  });

  it('names an unknown key, a group that is no object, and a release that never was', () => {
    expect(messages({ inlayHints: { colour: true } })).toEqual([
      'gupLens.inlayHints.colour is not a setting; it is ignored',
    ]);
    expect(messages({ hover: 3 })).toEqual(['gupLens.hover must be an object, not 3; it is ignored']);
    expect(messages([1])).toEqual(['gupLens must be an object, not [1]; the defaults are used']);
    expect(messages({ kernel: { release: '3.10' } })[0]).toContain(
      'gupLens.kernel.release: Linux 3.10 is older',
    );
    expect(messages({ trace: { server: 'loud' } })).toEqual([
      'gupLens.trace.server must be one of off, messages, verbose, not "loud"; "off" is used',
    ]);
  });

  it('reads releases by pattern, in order, and names those that are none', () => {
    const { settings, problems } = parseSettings({
      kernel: { releases: { 'drivers/**': '5.15.1', 'mm/**': 'auto', 'fs/**': 6 } },
    });
    expect(settings.kernelReleases).toEqual([
      { pattern: 'drivers/**', release: '5.15.1' },
      { pattern: 'mm/**', release: 'auto' },
    ]);
    expect(problems.map(({ key }) => key)).toEqual(['gupLens.kernel.releases.fs/**']);
  });

  it('checks the rules of diagnostics.rules one by one', () => {
    const { settings, problems } = parseSettings({
      diagnostics: {
        rules: { 'gup-internal-flag': 'off', 'gup-mmap-lock-held': 'loud', 'gup-no-such-rule': 'off' },
      },
    });
    expect([...settings.diagnosticsRules]).toEqual([['gup-internal-flag', 'off']]);
    expect(problems.map(({ key }) => key)).toEqual([
      'gupLens.diagnostics.rules.gup-mmap-lock-held',
      'gupLens.diagnostics.rules.gup-no-such-rule',
    ]);
  });
});

describe('the schema', () => {
  it('has a default that its own check accepts, for every setting', () => {
    const defaults = Object.fromEntries(SETTINGS.map(setting => [setting.key, setting.default]));
    expect(parseSettings(defaults)).toEqual({ settings: DEFAULT_SETTINGS, problems: [] });
    expect(new Set(SETTINGS.map(({ field }) => field)).size).toBe(Object.keys(DEFAULT_SETTINGS).length);
  });

  it('is what package.json contributes', () => {
    const manifest: { contributes: { configuration: unknown } } = JSON.parse(
      readFileSync('package.json', 'utf8'),
    );
    expect(manifest.contributes.configuration).toEqual(JSON.parse(JSON.stringify(contributedSettings())));
  });
});
