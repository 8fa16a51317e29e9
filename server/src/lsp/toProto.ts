/** From the façade's terms to those of the protocol. */

import {
  type CodeAction,
  CodeActionKind,
  type CodeLens,
  type Diagnostic,
  DiagnosticSeverity,
  type Hover,
  type InlayHint,
  MarkupKind,
  type Range,
} from 'vscode-languageserver';
import { URI } from 'vscode-uri';
import type { Release } from '../../../kernel/src/index.js';
import {
  EXPLAIN_COMMAND,
  type KernelInfo,
  PAGE_COMMAND,
  type Place,
  REACH_COMMAND,
  SHOW_PLACE_COMMAND,
  SIMULATE_COMMAND,
  type Site,
  type SiteFinding,
} from '../../protocol/index.js';
import type { CallSite } from '../analysis/index.js';
import * as ide from '../ide/index.js';
import type { Span } from '../syntax/ast.js';
import type { LineIndex } from '../syntax/index.js';

/** Shown as the origin of a diagnostic. */
export const SOURCE = 'gup-lens';

const SEVERITIES = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  info: DiagnosticSeverity.Information,
} as const;

/** The URI of a path that `pathOf` made or the runtime named. */
export function uriOf(path: string): string {
  return /^[a-z][a-z0-9+.-]+:/i.test(path) && !/^[a-z]:\//i.test(path) ? path : URI.file(path).toString();
}

/** What a client is told of the release that a document is read for. */
export function toKernelInfo(
  uri: string,
  { release, text, source, note, tree }: ide.KernelChoice,
): KernelInfo {
  return { uri, release, text, source, note, headers: tree?.headers ?? [] };
}

/** A range in lines and characters. */
export function rangeOf(span: Span, lines: LineIndex): Range {
  return { start: lines.positionAt(span.start), end: lines.positionAt(span.end) };
}

/**
 * A diagnostic: what is wrong, then what to do. (Why is in the documentation of the rule: it would hide the code.)
 * `related` and `page`, the URI of that documentation, only for clients that can show them.
 */
export function toDiagnostic(
  diagnostic: ide.Diagnostic,
  uri: string,
  lines: LineIndex,
  { related, page }: { readonly related: boolean; readonly page: string | null },
): Diagnostic {
  return {
    range: rangeOf(diagnostic.span, lines),
    severity: SEVERITIES[diagnostic.severity],
    code: diagnostic.rule,
    ...(page !== null && { codeDescription: { href: page } }),
    source: SOURCE,
    message: `${diagnostic.message}\n${diagnostic.remedy}`,
    ...(related &&
      diagnostic.related.length > 0 && {
        relatedInformation: diagnostic.related.map(({ span, message }) => ({
          location: { uri, range: rangeOf(span, lines) },
          message,
        })),
      }),
  };
}

/**
 * A hover; a client without Markdown gets the same text as it is. `commands`: whether the client has those of
 * server/protocol, to which the hover then leads.
 */
export function toHover(
  { markdown: text, span, call, pages }: ide.Hover,
  uri: string,
  lines: LineIndex,
  { markdown, commands }: { readonly markdown: boolean; readonly commands: boolean },
): Hover {
  const toDo = call === null ? [] : callLinks(call, { uri, ...lines.positionAt(call.at) });
  const toRead = pages.map(({ title, path }) => commandLink(title, PAGE_COMMAND, path));
  const links = commands && markdown ? [...toDo, ...toRead].join(' · ') : '';
  // Behind the first lines: what stands at the end is out of sight, for tables are before it.
  const head = text.indexOf('\n\n');
  const value = links === '' || head < 0 ? text : `${text.slice(0, head)}\n\n${links}${text.slice(head)}`;
  return {
    contents: { kind: markdown ? MarkupKind.Markdown : MarkupKind.PlainText, value },
    range: rangeOf(span, lines),
  };
}

function callLinks({ canSimulate }: NonNullable<ide.Hover['call']>, place: Place): readonly string[] {
  const simulate = canSimulate ? [commandLink('Simulate this call', SIMULATE_COMMAND, place)] : [];
  return [...simulate, commandLink('What reaches it', REACH_COMMAND, place)];
}

function commandLink(title: string, command: string, given: Place | string): string {
  return `[${title}](command:${command}?${encodeURIComponent(JSON.stringify([given]))})`;
}

/**
 * An inlay hint whose parts lead to what brings them. It has no kind of the protocol: it is neither a type nor a
 * parameter's name. A client that has the commands (`commands`) is given one: VS Code takes a location for a name, and goes
 * to the definition of what is written there.
 */
export function toInlayHint(
  hint: ide.InlayHint,
  uri: string,
  lines: LineIndex,
  commands: boolean,
): InlayHint {
  const parts = hint.parts.map(({ text, target }) => {
    if (target === null) return { value: text };
    const range = rangeOf(target, lines);
    if (!commands) return { value: text, location: { uri, range } };
    const place: Place = { uri, ...range.start };
    const title = `Go to line ${range.start.line + 1}`;
    return { value: text, command: { title, command: SHOW_PLACE_COMMAND, arguments: [place] } };
  });
  return {
    position: lines.positionAt(hint.offset),
    label: hint.parts.every(({ target }) => target === null) ? hint.label : parts,
    ...(hint.tooltip !== '' && { tooltip: hint.tooltip }),
    paddingLeft: hint.paddingLeft,
  };
}

/** A lens whose command is given the place of the call, and the situation if it is about one. */
export function toCodeLens(lens: ide.CodeLens, uri: string, lines: LineIndex): CodeLens {
  const place: Place = { uri, ...lines.positionAt(lens.site) };
  const given = lens.situation === null ? [place] : [place, lens.situation];
  return {
    range: rangeOf(lens.span, lines),
    command: { title: lens.title, command: SIMULATE_COMMAND, arguments: given },
  };
}

/**
 * What can be done about a finding, for one version of a document. `commands`: whether the client has those of
 * server/protocol; the server itself knows {@link EXPLAIN_COMMAND} too.
 */
export function toCodeAction(
  action: ide.CodeAction,
  document: { readonly uri: string; readonly version: number },
  lines: LineIndex,
  commands: boolean,
): CodeAction {
  const { title, diagnostic } = action;
  const { uri, version } = document;
  const about = {
    title,
    kind: CodeActionKind.QuickFix,
    diagnostics: [toDiagnostic(diagnostic, uri, lines, { related: false, page: null })],
  };
  if (action.kind === 'explain') {
    return { ...about, command: { title, command: EXPLAIN_COMMAND, arguments: [diagnostic.rule] } };
  }
  const edits = action.edits.map(({ span, newText }) => ({ range: rangeOf(span, lines), newText }));
  const edit = { documentChanges: [{ textDocument: { uri, version }, edits }] };
  if (action.kind === 'fix') return { ...about, isPreferred: diagnostic.confidence === 'high', edit };
  if (!commands) return { ...about, edit };
  const place: Place = { uri, ...action.reason };
  return { ...about, edit, command: { title, command: SHOW_PLACE_COMMAND, arguments: [place] } };
}

/** A row of `gupLens/sites`; `release` is the one that its file is read for. */
export function toSite(site: CallSite, release: Release, lines: LineIndex): Site {
  const { flags } = site;
  return {
    range: rangeOf(site.span, lines),
    function: site.function,
    callee: site.callee,
    kind: site.kind,
    handler: site.handler,
    flags:
      flags === null
        ? null
        : {
            text: flags.text,
            namespace: flags.namespace,
            possible: flags.possible,
            must: flags.must,
            may: flags.may,
            from: flags.from,
          },
    implied: site.implied,
    effective: site.effective,
    fault: site.fault,
    locked: site.locked,
    lock: { before: site.lock.before, after: site.lock.after, evidence: site.lock.evidence },
    release: site.release,
    otherRelease: site.otherRelease ?? null,
    overrides: ide.passesOneOf(site, ['FOLL_FORCE'])
      ? ide.forceOverrides(site, site.otherRelease ?? release)
      : [],
    inShort: {
      flags: ide.flagsInShort(site).join(' '),
      lock: ide.lockInShort(site),
      release: ide.releaseInShort(site),
    },
  };
}

/** A finding of `gupLens/sites`, in the function of this name. */
export function toFinding(found: ide.Diagnostic, name: string | null, lines: LineIndex): SiteFinding {
  const { span, rule, severity, message, related } = found;
  return {
    range: rangeOf(span, lines),
    function: name,
    rule,
    severity,
    message,
    related: related.map(each => ({ range: rangeOf(each.span, lines), message: each.message })),
  };
}
