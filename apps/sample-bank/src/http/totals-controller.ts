import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { type Days, GetTotals, type TotalsPage } from '../accounts/get-totals/get-totals.js';
import { FreshReads } from './fresh-reads.js';
import { listCursor, placeIn } from './list-cursor.js';
import { type ListRequest, TotalList } from './list-request.js';
import { ApiTotals } from './openapi/api-lists.js';
import type { PageAnswer } from './paging.js';

/** What moved in the whole bank, over HTTP. */
@ApiTags('totals')
@Controller('totals')
export class TotalsController {
  constructor(
    private readonly queries: QueryBus,
    private readonly fresh: FreshReads,
  ) {}

  @Get()
  @ApiTotals()
  async totals(
    @TotalList() { filter, limit, token, cursor }: ListRequest<Days>,
  ): Promise<PageAnswer<TotalsPage['items'][number]>> {
    const list = ['totals', JSON.stringify(filter)];
    const freshness = await this.fresh.freshnessOf(token);
    const after = placeIn(cursor, list);
    const { items, next } = await this.queries.execute(
      new GetTotals(filter, limit, after, freshness),
    );
    return { items, next: next === undefined ? null : listCursor(list, next) };
  }
}
