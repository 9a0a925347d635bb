import type { RequestHandler } from 'express';

/** Takes a `%` that escapes nothing for itself, so that the router compares it instead of failing on it. */
export const tolerateEscapes: RequestHandler = (request, _response, next) => {
  const query = request.url.indexOf('?');
  const end = query === -1 ? request.url.length : query;
  const path = request.url.slice(0, end);
  if (!isDecodable(path))
    request.url = path.split('/').map(literal).join('/') + request.url.slice(end);
  next();
};

function literal(segment: string): string {
  return isDecodable(segment) ? segment : segment.replaceAll('%', '%25');
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}
