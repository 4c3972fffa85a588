// Both browser tests against the mock: `npm run e2e` after `npm run build`.

import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { start } from '../mock/server.mjs';

const servers = await start();
const only = process.argv[2];
let failed = false;
for (const name of ['desk', 'panel'].filter(n => !only || n === only)) {
  const code = await new Promise(done => {
    const file = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
    const env = { ...process.env, DESK: servers.desk, PANEL: servers.panel, MOCK: '1' };
    spawn(process.execPath, [file], { stdio: 'inherit', env }).on('exit', done);
  });
  failed ||= code !== 0;
}
servers.stop();
process.exit(failed ? 1 : 0);
