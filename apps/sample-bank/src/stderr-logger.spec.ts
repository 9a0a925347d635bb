import { jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { StderrLogger } from './stderr-logger.js';

describe('StderrLogger', () => {
  let lines: string[];
  beforeEach(() => {
    lines = [];
    Logger.overrideLogger(new StderrLogger());
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      lines.push(String(text).replace(/^\S+Z /, ''));
      return true;
    });
  });
  afterEach(() => jest.restoreAllMocks());

  it('says who warns, and of what', () => {
    new Logger('Mail').warn('the post is late');

    expect(lines).toEqual(['warning Mail: the post is late\n']);
  });

  it('says nothing of what it is not told', () => {
    new Logger('Mail').error('the post is lost');

    expect(lines).toEqual(['error Mail: the post is lost\n']);
  });

  it('tells an error by its stack', () => {
    const error = new Error('rain');

    new Logger('Mail').error('the post is wet', error);

    expect(lines).toEqual([`error Mail: the post is wet ${error.stack}\n`]);
  });
});
