/** An SFTP server that is not OpenSSH: it asks for a password, has no extensions, and can lie. Its files are in memory. */
import { once } from 'node:events';
import ssh2, { type SFTPWrapper } from 'ssh2';

const { Server, utils } = ssh2;
const { OPEN_MODE, STATUS_CODE } = utils.sftp;
const PLAIN = 0o100644;

/** A key of a server. ssh2 writes a few keys in every thousand in a form that it cannot read. */
function makeKey(): ReturnType<typeof utils.generateKeyPairSync> {
  for (;;) {
    const key = utils.generateKeyPairSync('ed25519');
    if (!(utils.parseKey(key.private) instanceof Error)) return key;
  }
}

export interface FarFile {
  content: Buffer;
  /** The size that the server says it has. */
  size?: number;
}

export interface SftpServerOptions {
  readonly password: string;
  readonly files: Map<string, FarFile>;
  /** Names that the folder lists in addition to its files. */
  readonly names?: readonly string[];
  /** What it gives for a read, in place of the content. */
  readonly read?: (content: Buffer, offset: number, length: number) => Buffer;
  /** Called with the name of each request. `true`: the server does not answer it by itself. */
  readonly onRequest?: (name: string, channel: SFTPWrapper, answer: () => void) => boolean | undefined;
}

export interface SftpServer {
  readonly port: number;
  readonly hostKey: string;
  /** How often somebody tried to get in. */
  attempts(): number;
  /** The paths that were asked for. */
  readonly paths: readonly string[];
  close(): Promise<void>;
}

const attributes = ({ content, size }: FarFile) => ({
  mode: PLAIN,
  uid: 0,
  gid: 0,
  size: size ?? content.length,
  atime: 1,
  mtime: 1_700_000_000,
});

export async function openSftpServer({ password, files, names = [], read, onRequest }: SftpServerOptions): Promise<SftpServer> {
  const key = makeKey();
  const clients = new Set<{ end(): void }>();
  const paths: string[] = [];
  let attempts = 0;
  const nameOf = (path: string): string => {
    paths.push(path);
    return path.replace(/^\/in\//, '');
  };
  const serve = (channel: SFTPWrapper): void => {
    const open = new Map<string, { file?: FarFile; isListed?: boolean }>();
    let count = 0;
    const handle = (opened: { file?: FarFile; isListed?: boolean }): Buffer => {
      open.set(String(++count), opened);
      return Buffer.from(String(count));
    };
    const on = (event: string, answer: (id: number, ...rest: never[]) => void): void => {
      channel.on(
        event as 'STAT',
        ((id: number, ...rest: never[]) => {
          if (onRequest?.(event, channel, () => answer(id, ...rest)) !== true) answer(id, ...rest);
        }) as never,
      );
    };
    const done = (id: number, isDone: boolean): void => channel.status(id, isDone ? STATUS_CODE.OK : STATUS_CODE.NO_SUCH_FILE);
    on('OPENDIR', (id) => channel.handle(id, handle({})));
    on('READDIR', (id, raw: Buffer) => {
      const listing = open.get(raw.toString());
      if (listing?.isListed === true) return channel.status(id, STATUS_CODE.EOF);
      if (listing !== undefined) listing.isListed = true;
      const listed = [...names.map((name) => [name, { content: Buffer.from('x') }] as const), ...files];
      channel.name(
        id,
        listed.map(([filename, file]) => ({ filename, longname: `-rw-r--r-- ${filename}`, attrs: attributes(file) })),
      );
    });
    const stat = (id: number, file: FarFile | undefined): void =>
      file === undefined ? done(id, false) : channel.attrs(id, attributes(file));
    on('LSTAT', (id, path: string) => stat(id, files.get(nameOf(path))));
    on('FSTAT', (id, raw: Buffer) => stat(id, open.get(raw.toString())?.file));
    on('OPEN', (id, path: string, flags: number) => {
      const name = nameOf(path);
      if ((flags & OPEN_MODE.CREAT) !== 0) files.set(name, { content: Buffer.alloc(0) });
      const file = files.get(name);
      if (file === undefined) done(id, false);
      else channel.handle(id, handle({ file }));
    });
    on('READ', (id, raw: Buffer, offset: number, length: number) => {
      const content = open.get(raw.toString())?.file?.content ?? Buffer.alloc(0);
      const piece = read?.(content, offset, length) ?? content.subarray(offset, offset + length);
      if (piece.length === 0) channel.status(id, STATUS_CODE.EOF);
      else channel.data(id, piece);
    });
    on('WRITE', (id, raw: Buffer, offset: number, piece: Buffer) => {
      const file = open.get(raw.toString())?.file;
      if (file !== undefined)
        file.content = Buffer.concat([file.content.subarray(0, offset), piece, file.content.subarray(offset + piece.length)]);
      done(id, file !== undefined);
    });
    on('CLOSE', (id, raw: Buffer) => done(id, open.delete(raw.toString())));
    on('REMOVE', (id, path: string) => done(id, files.delete(nameOf(path))));
    on('RENAME', (id, from: string, to: string) => {
      const file = files.get(nameOf(from));
      if (files.has(nameOf(to))) return channel.status(id, STATUS_CODE.FAILURE);
      files.delete(nameOf(from));
      if (file !== undefined) files.set(nameOf(to), file);
      done(id, file !== undefined);
    });
  };
  const server = new Server({ hostKeys: [key.private] }, (client) => {
    clients.add(client);
    client
      .on('authentication', (context) => {
        if (context.method !== 'password') return context.reject(['password']);
        attempts++;
        if (context.password === password) context.accept();
        else context.reject(['password']);
      })
      .on('ready', () => client.on('session', (accept) => accept().on('sftp', (acceptSftp) => serve(acceptSftp()))))
      .on('error', () => undefined)
      .on('close', () => clients.delete(client));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    hostKey: key.public.trim(),
    attempts: () => attempts,
    paths,
    close: async () => {
      for (const client of clients) client.end();
      server.close();
    },
  };
}
