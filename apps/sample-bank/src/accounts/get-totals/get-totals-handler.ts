import { ReadModel } from '@everfold/core';
import { InjectReadModel } from '@everfold/nestjs';
import { type IQueryHandler, QueryHandler } from '@nestjs/cqrs';
import { type DailyTotal, dailyTotals } from './daily-totals.js';
import { GetTotals, type TotalsPage } from './get-totals.js';

/** Behind every id of a day: what follows the slash between a day and a currency. */
const END_OF_DAY = '0';

/** Shows totals, which follow the log. */
@QueryHandler(GetTotals)
export class GetTotalsHandler implements IQueryHandler<GetTotals> {
  constructor(@InjectReadModel(dailyTotals) private readonly totals: ReadModel<DailyTotal>) {}

  async execute({ days, limit, after, freshness }: GetTotals): Promise<TotalsPage> {
    const { from, to } = days;
    const id = { gte: from, gt: after, lt: to === undefined ? undefined : `${to}${END_OF_DAY}` };
    const { items, next } = await this.totals.find(
      { where: { id }, orderBy: [['id', 'asc']], limit },
      freshness,
    );
    return {
      items: items.map(({ id: _, ...total }) => total),
      next: next === undefined ? undefined : items.at(-1)?.id,
    };
  }
}
