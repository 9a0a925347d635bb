export interface VerifyReport {
  readonly ok: boolean;
}
export async function verifyFolder(_folder: string): Promise<VerifyReport> {
  throw new Error('later');
}
