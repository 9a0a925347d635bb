import { DomainError } from './domain-error.js';

class Refused extends DomainError {
  readonly code = 'refused';
}
class Other extends DomainError {
  readonly code = 'other';
}

describe('A domain error', () => {
  it('carries code, name, details and cause', () => {
    const cause = new Error('why');

    const error = new Refused('no', { details: { limit: 5 }, cause });

    expect(error).toMatchObject({
      name: 'Refused',
      code: 'refused',
      message: 'no',
      details: { limit: 5 },
      cause,
    });
  });

  it('is known as one, and told from others', () => {
    const error: unknown = new Refused();

    expect(error).toBeInstanceOf(DomainError);
    expect(error).toBeInstanceOf(Refused);
    expect(error).not.toBeInstanceOf(Other);
    expect(new Error('plain')).not.toBeInstanceOf(DomainError);
  });

  it('has no details when none are given', () => {
    expect(new Refused('no').details).toBeUndefined();
  });
});
