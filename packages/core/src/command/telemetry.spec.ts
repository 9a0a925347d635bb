import { IsInt, Min } from 'class-validator';
import { commandPipeline } from './command-pipeline.js';
import { CommandType } from './command-type.js';
import { DomainError } from './domain-error.js';
import type { CommandReport } from './middleware.js';
import { telemetry, validation } from './middleware.js';

@CommandType('telemetry.order')
class Order {
  @IsInt() @Min(1) readonly amount: number;
  constructor(amount: number) {
    this.amount = amount;
  }
}
class Refused extends DomainError {
  readonly code = 'refused';
}

const order = () => new Order(2);

describe('Telemetry', () => {
  it('reports how each command went, and changes nothing by it', async () => {
    const reports: CommandReport[] = [];
    const pipeline = commandPipeline(
      telemetry((report) => {
        reports.push(report);
        throw new Error('the observer fails');
      }),
      validation(),
    );
    const failure = new Error('failed');

    await pipeline.execute(order(), () => 1);
    await pipeline.execute(order(), () => Promise.reject(new Refused())).catch(() => undefined);
    await pipeline.execute(new Order(0), () => 1).catch(() => undefined);
    const failed = pipeline.execute(order(), () => Promise.reject(failure));

    await expect(failed).rejects.toBe(failure);
    expect(reports.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
      'telemetry.order accepted',
      'telemetry.order refused',
      'telemetry.order refused',
      'telemetry.order failed',
    ]);
    expect(reports[3]?.error).toBe(failure);
    for (const { durationMs } of reports) expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it('names a command without a type by its class', async () => {
    class Unnamed {}
    const types: string[] = [];

    await commandPipeline(telemetry(({ type }) => types.push(type))).execute(
      new Unnamed(),
      () => 1,
    );

    expect(types).toEqual(['Unnamed']);
  });
});
