/** The page of the simulator panel: no inline script or style, no network, nothing but our own files. */

export interface PanelResources {
  /** `webview.cspSource`: the only origin that the page may load from. */
  readonly cspSource: string;
  /** Fresh for each page. */
  readonly nonce: string;
  /** Also fetched by itself, to start a worker of its text: a webview cannot start one from another origin. */
  readonly script: string;
  readonly style: string;
  /** Fetched by the script: the litmus tests, as JSON. */
  readonly litmus: string;
}

const escapeAttribute = (text: string): string =>
  text.replace(/[&"<>]/g, character => `&#${character.charCodeAt(0)};`);

/** The Content-Security-Policy of the page. `connect-src` is for reading the script as the worker's text and the litmus tests, `blob:` for starting it. */
export function contentSecurityPolicy(resources: Pick<PanelResources, 'cspSource' | 'nonce'>): string {
  return [
    "default-src 'none'",
    `script-src 'nonce-${resources.nonce}'`,
    'worker-src blob:',
    `connect-src ${resources.cspSource}`,
    `style-src ${resources.cspSource}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

/** The page as HTML text. All content is made by the script. */
export function panelHtml(resources: PanelResources): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${escapeAttribute(contentSecurityPolicy(resources))}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${escapeAttribute(resources.style)}">
<title>GUP Lens simulator</title>
</head>
<body data-worker="${escapeAttribute(resources.script)}" data-litmus="${escapeAttribute(resources.litmus)}">
<main id="app"></main>
<script nonce="${escapeAttribute(resources.nonce)}" src="${escapeAttribute(resources.script)}"></script>
</body>
</html>
`;
}
