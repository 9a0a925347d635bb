import { httpContext } from './http-context.js';

describe('The context read from a request', () => {
  const request = (headers: Record<string, string>, method = 'POST') => ({ method, headers });

  it.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', true],
    ['00-00000000000000000000000000000000-00f067aa0ba902b7-01', false],
    ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', false],
    ['nonsense', false],
  ])('takes the trace %p: %p', (value, isTaken) => {
    const { traceparent } = httpContext(request({ traceparent: value }));

    expect(traceparent).toBe(isTaken ? value : undefined);
  });

  it('has no command id for methods that change nothing', () => {
    const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE'];

    const withId = methods.filter(
      (method) => httpContext(request({ 'idempotency-key': 'k' }, method)).commandId === 'k',
    );

    expect(withId).toEqual(['POST', 'PUT', 'PATCH', 'DELETE']);
  });

  it.each([
    [{ id: 'ada' }, 'ada'],
    [{ sub: 'ada' }, 'ada'],
    [{ username: 'ada' }, 'ada'],
    ['ada', 'ada'],
    [{}, 'header'],
    [null, 'header'],
  ])('knows the actor of the user %p', (user, actor) => {
    const from = { ...request({ 'x-actor': 'header' }), user };

    expect(httpContext(from).actor).toBe(actor);
  });

  it('refuses a key that was sent twice', () => {
    const twice = {
      ...request({ 'idempotency-key': 'a, b' }),
      headersDistinct: { 'idempotency-key': ['a', 'b'] },
    };

    expect(() => httpContext(twice)).toThrow(/one value/);
  });
});
