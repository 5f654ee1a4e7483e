import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterwards } from './afterwards.ts';
import { makeFolder } from './folders.ts';
import { until } from './processes.ts';

/** The name that the files in `deploy` have for the operator to change. */
export const host = 'panel.example.com';

/** Whether this machine has nginx, and what makes a certificate for it. */
export const hasNginx = runs('nginx', '-v') && runs('openssl', 'version');

function runs(program: string, ...words: string[]): boolean {
  try {
    execFileSync(program, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

type Ask = { body?: object | string; headers?: Record<string, string>; address?: string };
type Answered = { status: number; headers: IncomingHttpHeaders; text: string };

/** Starts nginx with the files of `deploy`, changed as an operator does, in front of two instances. */
export async function startNginx(instances: readonly [number, number]) {
  const folder = makeFolder('gateway-nginx-');
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const names = ['-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`];
  execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...names], {
    stdio: 'ignore',
  });
  const [plain, secure] = [await findPort(), await findPort()];
  const server = read('nginx-tls.conf')
    .replace('127.0.0.1:4000', `127.0.0.1:${instances[0]}`)
    .replace('127.0.0.1:4001', `127.0.0.1:${instances[1]}`)
    .replace('listen 80', `listen 127.0.0.1:${plain}`)
    .replace('listen 443', `listen 127.0.0.1:${secure}`)
    .replace(/\S+\.pem/, certificate)
    .replace(/\S+\.key/, key)
    .replace('/etc/nginx/snippets/account-gateway.conf', 'locations.conf');
  writeFileSync(join(folder, 'locations.conf'), read('nginx-locations.conf'));
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${folder}/${name};`).join(' ');
  writeFileSync(
    join(folder, 'nginx.conf'),
    `daemon off; pid ${folder}/pid; worker_processes 1; error_log ${folder}/errors.log info; events {} http { access_log off; ${temporary}\n${server}}`,
  );
  mkdirSync(join(folder, 'logs'));
  const words = ['-p', folder, '-c', 'nginx.conf', '-e', `${folder}/errors.log`, '-g', process.getuid?.() === 0 ? 'user root;' : ''];
  const child = spawn('nginx', words, { stdio: 'ignore' });
  afterwards(async () => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });
  await until(() => child.exitCode !== null || answers(secure));

  const open = async (method: string, path: string, { body, headers, address }: Ask = {}) => {
    const options = { host: '127.0.0.1', servername: host, port: secure, method, path, ca: readFileSync(certificate) };
    const sent = request({ ...options, localAddress: address, agent: false, headers: { host, ...headers } });
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
    const [response] = await once(sent, 'response');
    return response;
  };
  const ask = async (method: string, path: string, sent: Ask = {}): Promise<Answered> => {
    const response = await open(method, path, sent);
    return { status: response.statusCode, headers: response.headers, text: await text(response) };
  };
  return { plain: `http://127.0.0.1:${plain}`, open, ask, readErrors: () => readFileSync(join(folder, 'errors.log'), 'utf8') };
}

function read(name: string): string {
  return readFileSync(new URL(`../deploy/${name}`, import.meta.url), 'utf8');
}

async function findPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
  socket.destroy();
  return isOpen;
}
