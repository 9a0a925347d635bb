import type { ConsumerReport } from '@everfold/core';
import { Logger } from '@nestjs/common';

/** @internal Says in Nest's log what an operator should know of consumers. */
export function consumerLog(): (report: ConsumerReport) => void {
  const logger = new Logger('Everfold');
  return (report) => {
    switch (report.kind) {
      case 'stopped':
        logger.error(stopped(report), stackOf(report.error));
        break;
      case 'parked':
        logger.error(
          `'${report.consumer}' has parked the events of '${report.documentId}' from one that fails on; everything else goes on.`,
          stackOf(report.error),
        );
        break;
      case 'retrying':
        logger.warn(
          `'${report.consumer}' tries again (${report.attempt}): ${messageOf(report.error)}`,
        );
        break;
      case 'lease-lost':
        logger.warn(
          `'${report.consumer}' has lost segment ${report.segment} to another process: this one was silent for too long.`,
        );
        break;
      case 'recovered':
        logger.log(`'${report.consumer}' goes on.`);
        break;
      case 'taken-over':
        logger.log(
          `'${report.consumer}' has taken segment ${report.segment} over from '${report.from}', which is silent.`,
        );
        break;
    }
  };
}

function stopped({ consumer, segment }: ConsumerReport & { readonly kind: 'stopped' }): string {
  const what = segment === undefined ? `'${consumer}'` : `Segment ${segment} of '${consumer}'`;
  return `${what} has stopped, and goes on when the cause is mended and 'everfold projections resume' is called, or at the next start.`;
}

/** @internal */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : String(error);
}
