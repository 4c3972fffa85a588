// Serves the built pages with the mock API: the desk on one port, the panel on another. `node mock/server.mjs [desk port] [panel port]`.

import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { edge } from './edge.mjs';
import { hub } from './hub.mjs';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.png': 'image/png',
  '.webmanifest': 'application/manifest+json',
};

/** The parts of an upload: texts by their names, the file as `{name, bytes}`. */
function formOf(bytes, boundary) {
  const form = {};
  // One character a byte, so that places are those of the bytes.
  const parts = bytes.toString('latin1').split(`--${boundary}`).slice(1, -1);
  for (const part of parts) {
    const [head, content] = [part.slice(0, part.indexOf('\r\n\r\n')), part.slice(part.indexOf('\r\n\r\n') + 4, -2)];
    const text = of => Buffer.from(of, 'latin1').toString('utf8');
    const name = /name="([^"]*)"/.exec(head)?.[1] ?? '';
    const file = /filename="([^"]*)"/.exec(head)?.[1];
    form[name] = file === undefined ? text(content) : { name: text(file), bytes: Buffer.from(content, 'latin1') };
  }
  return form;
}

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const boundary = /boundary=(.+)$/.exec(request.headers['content-type'] ?? '')?.[1];
  if (boundary) return formOf(Buffer.concat(chunks), boundary);
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8') || '{}');
  } catch {
    return {};
  }
}

function serve(folder, api, prefix) {
  return createServer(async (request, response) => {
    const url = new URL(request.url, 'http://mock');
    if (url.pathname.startsWith(`${prefix}/`))
      return api(request, response, url.pathname.slice(prefix.length), url.searchParams, await bodyOf(request));
    const wanted = join(dist, folder, normalize(url.pathname));
    const file = existsSync(wanted) && statSync(wanted).isFile() ? wanted : join(dist, folder, 'index.html');
    response.writeHead(200, { 'content-type': types[extname(file)] ?? 'application/octet-stream' });
    return createReadStream(file).pipe(response);
  });
}

/** Starts both; port 0 takes any free one. */
export async function start(deskPort = 0, panelPort = 0) {
  const servers = [
    [serve('desk', hub, '/api/v1'), deskPort],
    [serve('panel', edge, '/api'), panelPort],
  ];
  const bases = [];
  for (const [server, port] of servers) {
    await new Promise(up => server.listen(port, '127.0.0.1', up));
    bases.push(`http://127.0.0.1:${server.address().port}`);
  }
  const stop = () => {
    for (const [server] of servers) {
      server.close();
      server.closeAllConnections();
    }
  };
  return { desk: bases[0], panel: bases[1], stop };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { desk, panel } = await start(Number(process.argv[2] ?? 4173), Number(process.argv[3] ?? 4174));
  console.log(`desk ${desk} (admin / qitao), panel ${panel}`);
}
