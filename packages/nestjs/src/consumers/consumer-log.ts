import type { ConsumerReport } from '@everfold/core';
import { Logger } from '@nestjs/common';

type Report<K extends ConsumerReport['kind']> = ConsumerReport & { readonly kind: K };

/**
 * @internal Says in Nest's log what an operator should know of consumers.
 *
 * @param stopped - Says that one has stopped, and what it takes to go on.
 */
export function consumerLog(
  stopped: (report: Report<'stopped'>) => string = storedStopped,
): (report: ConsumerReport) => void {
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

/** @internal A live projection has nothing that could be resumed: it is folded anew by each process. */
export function liveStopped({ consumer }: Report<'stopped'>): string {
  return `Live projection '${consumer}' has stopped, and cannot be read until the cause is mended and the application is restarted.`;
}

/** Projections are called by `name@version.generation` in reports, reactors by their name; `*` is what runs them. */
function storedStopped({ consumer, segment }: Report<'stopped'>): string {
  if (consumer === '*') return 'What runs consumers in this process fails, and is tried again.';
  const what = segment === undefined ? `'${consumer}'` : `Segment ${segment} of '${consumer}'`;
  const [name, generation] = consumer.split('@');
  const command = `everfold ${generation === undefined ? 'reactors' : 'projections'} resume ${name}`;
  return `${what} has stopped, and goes on when the cause is mended and '${command}' is called, or at the next start.`;
}

/** @internal */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function stackOf(error: unknown): string | undefined {
  return error instanceof Error ? error.stack : String(error);
}
