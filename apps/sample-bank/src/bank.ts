import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore } from '@everfold/core';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import { bankOn } from './bank-module.js';
import { type Configuration, ConfigurationError } from './configuration/configuration.js';
import { eventStoreOf } from './event-store.js';
import { Connections } from './http/connections.js';
import { HttpAdapter } from './http/http-adapter.js';
import { jsonBody } from './http/json-body.js';
import { serveDocs } from './http/openapi/docs.js';
import { requestContext } from './http/request-context.js';
import { securityHeaders } from './http/security-headers.js';
import { tolerateEscapes } from './http/tolerate-escapes.js';
import { answerUnrouted, oneHost } from './http/unrouted.js';
import { StderrLogger } from './stderr-logger.js';

/** A bank that answers. */
export interface Bank {
  /** Where, without a trailing slash. */
  readonly url: string;
  /** The log that it stands on. */
  readonly store: EventStore;
  /**
   * Answers what is in flight, then closes the store; takes no longer than the configuration allows. May be called again,
   * and meanwhile: there is one end.
   */
  stop(): Promise<void>;
}

interface Application {
  readonly app: NestExpressApplication;
  readonly server: Server;
  readonly connections: Connections;
}

/**
 * Opens the store and listens.
 *
 * @param signal - Gives up starting: rejects with its reason, and leaves nothing open.
 * @throws {@link ConfigurationError} when the folder or the address cannot be used as configured.
 */
export async function startBank(configuration: Configuration, signal: AbortSignal): Promise<Bank> {
  const store = await openStore(configuration, signal);
  try {
    const { app, server, connections } = await createApplication(configuration, store);
    await app.init();
    await listen(server, configuration);
    let stopped: Promise<void> | undefined;
    return {
      url: urlOf(server, configuration),
      store,
      stop: () => {
        stopped ??= stop(configuration, connections, app, store);
        return stopped;
      },
    };
  } catch (error) {
    await store[Symbol.asyncDispose]();
    throw error;
  }
}

async function createApplication(
  configuration: Configuration,
  store: EventStore,
): Promise<Application> {
  const app = await NestFactory.create<NestExpressApplication>(
    bankOn(store, configuration),
    new HttpAdapter(),
    { bodyParser: false, logger: new StderrLogger(), abortOnError: false },
  );
  const server: Server = app.getHttpServer();
  const connections = new Connections(server);
  answerUnrouted(server, connections);
  const admit: RequestHandler = (_request, _response, next) => connections.admit(next);
  app.use(securityHeaders, admit, oneHost, tolerateEscapes, jsonBody, requestContext);
  serveDocs(app);
  return { app, server, connections };
}

async function openStore(configuration: Configuration, signal: AbortSignal): Promise<EventStore> {
  try {
    return await eventStoreOf(configuration).open(signal);
  } catch (cause) {
    if (signal.aborted) throw cause;
    const problem = `DATA_DIR ${configuration.dataDir} cannot be used: ${messageOf(cause)}`;
    throw new ConfigurationError([problem], { cause });
  }
}

/** Nest's own way to listen logs what fails before it throws. */
async function listen(server: Server, { host, port }: Configuration): Promise<void> {
  try {
    await once(server.listen(port, host), 'listening');
  } catch (cause) {
    throw new ConfigurationError(
      [`HOST ${host} with PORT ${port} cannot be listened on: ${messageOf(cause)}`],
      { cause },
    );
  }
}

/** An address that a browser on this machine can use: listening on all interfaces means listening on this one. */
function urlOf(server: Server, { host }: Configuration): string {
  const { port } = server.address() as AddressInfo;
  if (host === '0.0.0.0' || host === '::') return `http://127.0.0.1:${port}`;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function stop(
  { shutdownTimeoutMs }: Configuration,
  connections: Connections,
  app: NestExpressApplication,
  store: EventStore,
): Promise<void> {
  const deadline = performance.now() + shutdownTimeoutMs;
  // A part is kept for closing the store, also when a client never finishes its request.
  await connections.drain(shutdownTimeoutMs * 0.8);
  const closed = app.close().then(() => store[Symbol.asyncDispose]());
  const left = sleep(Math.max(deadline - performance.now(), 0), undefined, { ref: false });
  await Promise.race([closed, left]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
