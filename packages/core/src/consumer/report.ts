import { messageOf } from '../projection/parking.js';
import type { ConsumerReport } from './options.js';

/** @internal Where reports go when nobody asks for them: a line each. */
export function reportToStandardError(report: ConsumerReport): void {
  const { kind, consumer } = report;
  const place =
    'segment' in report && report.segment !== undefined ? ` segment ${report.segment}` : '';
  const document = 'documentId' in report ? ` document '${report.documentId}'` : '';
  const error = 'error' in report ? `: ${messageOf(report.error)}` : '';
  process.stderr.write(`everfold ${consumer}${place} ${kind}${document}${error}\n`);
}

/** @internal Tells somebody who may fail at it: what is reported then goes to standard error, and whoever reports goes on. */
export function undisturbed(
  report: (report: ConsumerReport) => void,
): (report: ConsumerReport) => void {
  return (said) => {
    try {
      report(said);
    } catch {
      reportToStandardError(said);
    }
  };
}
