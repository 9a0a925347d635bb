import { EverfoldHealthIndicator } from '@everfold/nestjs';
import { Controller, Get } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { HealthCheck, type HealthCheckResult, HealthCheckService } from '@nestjs/terminus';
import { ApiLive, ApiReady } from './openapi/api-health.js';

/** Tells whoever runs the bank whether to restart it, and whether to send it requests. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly everfold: EverfoldHealthIndicator,
  ) {}

  /** Answered as long as anything is: a store that is away is no reason to restart the bank. */
  @Get('live')
  @ApiLive()
  live(): { readonly status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('ready')
  @HealthCheck({ noCache: true, swaggerDocumentation: false })
  @ApiReady()
  ready(): Promise<HealthCheckResult> {
    return this.health.check([() => this.everfold.isHealthy()]);
  }
}
