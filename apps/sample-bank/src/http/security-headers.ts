import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import helmet from 'helmet';

/**
 * What tells browsers to be careful, on every answer. Helmet's own choice, but for one: what the bank's pages need is not asked
 * for by https, because the bank itself speaks http.
 */
export const securityHeaders = helmet({
  contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
});

/** The same, as lines, for answers that are written by hand. */
export function securityHeaderLines(): string[] {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  securityHeaders(response.req, response, () => undefined);
  return Object.entries(response.getHeaders()).map(([name, value]) => `${name}: ${value}`);
}
