import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import type { RequestHandler } from 'express';
import { Problem } from './problem.js';

/** The most bytes that a body may have, before and after it is unpacked. */
export const MAX_BODY_BYTES = 102_400;

const UTF_8 = /^charset=(?:utf-?8|"utf-?8")$/;

const UTF_8_TEXT = new TextDecoder('utf-8', { fatal: true });

const UNPACK: ReadonlyMap<string, typeof unpackGzip> = new Map([
  ['gzip', unpackGzip],
  ['x-gzip', unpackGzip],
  ['deflate', promisify(inflate) as typeof unpackGzip],
  ['br', promisify(brotliDecompress) as typeof unpackGzip],
]);

/**
 * Reads and parses the body of a request before it is routed, because errors of a body come before all others: too large,
 * then not JSON by its type, then not JSON by its text. A request without a body gets `undefined`.
 */
export const jsonBody: RequestHandler = async (request, _response, next) => {
  request.body = await readJson(request);
  next();
};

async function readJson(request: IncomingMessage): Promise<unknown> {
  const packed = await readBytes(request);
  if (packed.length === 0) return undefined;
  const bytes = await unpacked(packed, request.headers['content-encoding']);
  // Node keeps the first of several: those that contradict each other are all looked at.
  if (!(request.headersDistinct['content-type'] ?? ['']).every(isJson))
    throw new Problem('unsupported-media-type', {
      detail: 'Send the body as application/json, in UTF-8.',
    });
  if (bytes instanceof Problem) throw bytes;
  return parsed(bytes);
}

/** `application/json` with any parameters, as long as its charset, where it has one, is UTF-8. */
function isJson(contentType: string): boolean {
  const [type, ...parameters] = contentType.split(';').map((part) => part.trim().toLowerCase());
  const charsets = parameters.filter((parameter) => parameter.startsWith('charset'));
  return type === 'application/json' && charsets.every((each) => UTF_8.test(each));
}

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const { 'content-length': length, 'transfer-encoding': transfer } = request.headers;
  if (transfer === undefined && Number(length ?? 0) === 0) return Buffer.alloc(0);
  try {
    return await collected(request, Number(length ?? 0));
  } catch (cause) {
    // What is still on its way is let through unread: a client hears an answer only when it may finish its request.
    request.resume();
    if (cause instanceof Problem) throw cause;
    throw new Problem('malformed-json', { detail: 'The body ended early.', cause });
  }
}

/** By listeners and not by iteration, which costs as much as everything else about a body. */
function collected(request: IncomingMessage, announced: number): Promise<Buffer> {
  if (announced > MAX_BODY_BYTES) return Promise.reject(tooLarge());
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('The connection was closed.'));
    });
  });
}

/** The bytes as they were before packing; a problem that is not due before the body's type was looked at is returned. */
async function unpacked(packed: Buffer, encoding = 'identity'): Promise<Buffer | Problem> {
  const name = encoding.trim().toLowerCase();
  if (name === 'identity') return packed;
  const unpack = UNPACK.get(name);
  if (unpack === undefined)
    return new Problem('unsupported-media-type', {
      detail: 'Send the body as it is, or packed with gzip, deflate or br.',
    });
  try {
    return await unpack(packed, { maxOutputLength: MAX_BODY_BYTES });
  } catch (cause) {
    if (isOutputTooLarge(cause)) throw tooLarge();
    return new Problem('malformed-json', { detail: `The body is not packed with ${name}.`, cause });
  }
}

function isOutputTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF_8_TEXT.decode(bytes));
  } catch (cause) {
    throw new Problem('malformed-json', {
      detail: 'The body cannot be parsed as JSON in UTF-8.',
      cause,
    });
  }
}

function tooLarge(): Problem {
  return new Problem('body-too-large', {
    detail: `A body may have ${MAX_BODY_BYTES} bytes, unpacked.`,
  });
}

function unpackGzip(packed: Buffer, options: { maxOutputLength: number }): Promise<Buffer> {
  return promisify(gunzip)(packed, options);
}
